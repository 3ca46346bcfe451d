using System.Text.Json.Nodes;
using static Sluice.Simulator.ApiServer.SchemaBuilder;

namespace Sluice.Simulator.ApiServer;

/// <summary>The schemas of the operator's kinds: fields, types and enums as the operator reads them, pod templates free below the main fields.</summary>
internal static class FlinkSchemas
{
    private static readonly string[] OldVersions = ["v1_13", "v1_14", "v1_15", "v1_16", "v1_17", "v1_18"];
    private static readonly string[] NewVersions = [.. OldVersions, "v1_19", "v1_20", "v2_0", "v2_1", "v2_2", "v2_3", "v2_4"];
    private static readonly string[] JobStates =
        ["CANCELED", "CANCELLING", "CREATED", "FAILED", "FAILING", "FINISHED", "INITIALIZING", "RECONCILING", "RESTARTING", "RUNNING", "SUSPENDED"];

    public static JsonObject Deployment(OperatorVersion version) => Root(DeploymentSpec(version), DeploymentStatus(version));

    public static JsonObject SessionJob(OperatorVersion version) => Root(
        Object(("deploymentName", Text), ("flinkConfiguration", Configuration(version)), ("job", Job(version)), ("restartNonce", Long)),
        Nullable(Object([.. CommonStatus(version)])));

    public static JsonObject StateSnapshot() => Root(
        Object(
            ("backoffLimit", Int),
            ("checkpoint", Free),
            ("jobReference", Object(("kind", Enum("FlinkDeployment", "FlinkSessionJob")), ("name", Text))),
            ("savepoint", Object(("alreadyExists", Flag), ("disposeOnDelete", Flag), ("formatType", Enum("CANONICAL", "NATIVE", "UNKNOWN")), ("path", Text)))),
        Nullable(Object(
            ("error", Text), ("failures", Int), ("path", Text), ("resultTimestamp", Text),
            ("state", Enum("ABANDONED", "COMPLETED", "FAILED", "IN_PROGRESS", "TRIGGER_PENDING")),
            ("triggerId", Text), ("triggerTimestamp", Text))));

    public static JsonObject BlueGreen(OperatorVersion version) => Root(
        Object(
            ("configuration", Map(Text)),
            ("ingress", Ingress(version)),
            ("template", Object(("metadata", Free), ("spec", DeploymentSpec(version))))),
        Nullable(Object(
            ("abortTimestamp", Text),
            ("blueGreenState", Enum("ACTIVE_BLUE", "ACTIVE_GREEN", "INITIALIZING_BLUE", "SAVEPOINTING_BLUE", "SAVEPOINTING_GREEN", "TRANSITIONING_TO_BLUE", "TRANSITIONING_TO_GREEN")),
            ("deploymentReadyTimestamp", Text), ("error", Text),
            ("jobStatus", JobStatus()),
            ("lastReconciledSpec", Text), ("lastReconciledTimestamp", Text), ("savepointTriggerId", Text))));

    private static JsonObject Root(JsonObject spec, JsonObject status) => Object(
        ("apiVersion", Text), ("kind", Text), ("metadata", new JsonObject { ["type"] = "object" }), ("spec", spec), ("status", status));

    private static JsonObject DeploymentSpec(OperatorVersion version) => Object(
        // The samples of 1.7 run Flink 1.19, so its definition here knows the versions of its last bug fix.
        ("flinkConfiguration", Configuration(version)),
        ("flinkVersion", Enum(version.IsNewest ? NewVersions : [.. OldVersions, "v1_19"])),
        ("image", Text), ("imagePullPolicy", Text),
        ("ingress", Ingress(version)),
        ("job", Job(version)),
        ("jobManager", Process(version)),
        ("logConfiguration", Map(Text)),
        ("mode", Enum("native", "standalone")),
        ("podTemplate", PodTemplate()),
        ("restartNonce", Long),
        ("serviceAccount", Text),
        ("taskManager", Process(version)));

    private static JsonObject Configuration(OperatorVersion version) => version.IsNewest ? Free : Map(Text);

    private static JsonObject Process(OperatorVersion version)
    {
        List<(string, JsonObject)> fields =
        [
            ("podTemplate", PodTemplate()),
            ("replicas", Int),
            ("resource", Object(("cpu", Number), ("ephemeralStorage", Text), ("memory", Text))),
        ];
        if (version.IsNewest)
            fields.Add(("resources", Object(
                ("claims", List(Object(("name", Text), ("request", Text)))), ("limits", Map(Quantity)), ("requests", Map(Quantity)))));
        return Object([.. fields]);
    }

    private static JsonObject Ingress(OperatorVersion version)
    {
        List<(string, JsonObject)> fields = [("annotations", Map(Text)), ("className", Text), ("template", Text)];
        if (version.IsNewest)
        {
            fields.Add(("labels", Map(Text)));
            fields.Add(("tls", List(Object(("hosts", List(Text)), ("secretName", Text)))));
        }
        return Object([.. fields]);
    }

    private static JsonObject Job(OperatorVersion version)
    {
        List<(string, JsonObject)> fields =
        [
            ("allowNonRestoredState", Flag), ("args", List(Text)), ("checkpointTriggerNonce", Long), ("entryClass", Text),
            ("initialSavepointPath", Text), ("jarURI", Text), ("parallelism", Int), ("savepointTriggerNonce", Long),
            ("state", Enum("running", "suspended")), ("upgradeMode", Enum("last-state", "savepoint", "stateless")),
        ];
        if (version.IsNewest)
        {
            fields.Add(("autoscalerResetNonce", Long));
            fields.Add(("savepointRedeployNonce", Long));
        }
        return Object([.. fields]);
    }

    private static JsonObject PodTemplate() => Object(
        ("apiVersion", Text),
        ("kind", Text),
        ("metadata", Keep(Object(("annotations", Map(Text)), ("labels", Map(Text)), ("name", Text), ("namespace", Text)))),
        ("spec", Keep(Object(
            ("containers", List(Container())),
            ("initContainers", List(Container())),
            ("nodeSelector", Map(Text)),
            ("priorityClassName", Text),
            ("serviceAccountName", Text),
            ("terminationGracePeriodSeconds", Long),
            ("tolerations", List(Keep(Object(("effect", Text), ("key", Text), ("operator", Text), ("value", Text))))),
            ("volumes", List(Keep(Object(("name", Text)))))))),
        ("status", Free));

    private static JsonObject Container() => Keep(Object(
        ("args", List(Text)), ("command", List(Text)),
        ("env", List(Keep(Object(("name", Text), ("value", Text))))),
        ("image", Text), ("imagePullPolicy", Text), ("name", Text),
        ("resources", Keep(Object(("limits", Map(Quantity)), ("requests", Map(Quantity))))),
        ("volumeMounts", List(Keep(Object(("mountPath", Text), ("name", Text), ("readOnly", Flag), ("subPath", Text)))))));

    private static JsonObject Keep(JsonObject schema)
    {
        schema["x-kubernetes-preserve-unknown-fields"] = true;
        return schema;
    }

    private static JsonObject JobStatus() => Object(
        ("checkpointInfo", Keep(Object(("lastPeriodicCheckpointTimestamp", Long)))),
        ("jobId", Text), ("jobName", Text),
        ("savepointInfo", Keep(Object(("lastPeriodicSavepointTimestamp", Long), ("triggerId", Text), ("triggerTimestamp", Long)))),
        ("startTime", Text), ("state", Enum(JobStates)), ("updateTime", Text), ("upgradeSavepointPath", Text));

    private static IEnumerable<(string, JsonObject)> CommonStatus(OperatorVersion version)
    {
        yield return ("error", Text);
        yield return ("jobStatus", JobStatus());
        yield return ("lifecycleState", Enum("CREATED", "DELETED", "DELETING", "DEPLOYED", "FAILED", "ROLLED_BACK", "ROLLING_BACK", "STABLE", "SUSPENDED", "UPGRADING"));
        yield return ("reconciliationStatus", Object(
            ("lastReconciledSpec", Text), ("lastStableSpec", Text), ("reconciliationTimestamp", Long),
            ("state", Enum("DEPLOYED", "ROLLED_BACK", "ROLLING_BACK", "UPGRADING"))));
        if (version.IsNewest) yield return ("observedGeneration", Long);
    }

    private static JsonObject DeploymentStatus(OperatorVersion version)
    {
        List<(string, JsonObject)> fields = [.. CommonStatus(version)];
        fields.Add(("clusterInfo", Map(Text)));
        fields.Add(("jobManagerDeploymentStatus", Enum("DEPLOYED_NOT_READY", "DEPLOYING", "ERROR", "MISSING", "READY")));
        fields.Add(("taskManager", Object(("labelSelector", Text), ("replicas", Int))));
        if (version.IsNewest)
            fields.Add(("conditions", List(Object(
                ("lastTransitionTime", Text), ("message", Text), ("observedGeneration", Long), ("reason", Text), ("status", Text), ("type", Text)))));
        return Nullable(Object([.. fields]));
    }
}
