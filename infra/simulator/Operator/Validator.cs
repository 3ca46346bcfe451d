using System.Globalization;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using Sluice.Simulator.ApiServer;

namespace Sluice.Simulator.Operator;

/// <summary>The operator's own rules; the first that is broken is the one that is told.</summary>
internal sealed partial class Validator(OperatorVersion version)
{
    private static readonly string[] Forbidden = ["kubernetes.namespace", "kubernetes.cluster-id", "high-availability.cluster-id"];
    private static readonly string[] LogFiles = ["log4j-console.properties", "logback-console.xml"];
    private string SavepointKey => version.IsNewest ? "execution.checkpointing.savepoint-dir" : "state.savepoints.dir";
    private string CheckpointKey => version.IsNewest ? "execution.checkpointing.dir" : "state.checkpoints.dir";

    /// <param name="resource">The resource as it is wanted.</param>
    /// <param name="deployed">The spec that was deployed last, as the status holds it.</param>
    public string? Deployment(JsonObject resource, JsonObject? deployed)
    {
        var view = new SpecView(resource["spec"] as JsonObject ?? []);
        var name = resource["metadata"]!["name"]!.ToString();
        return Name(name, "FlinkDeployment")
            ?? Version(view, deployed)
            ?? Configuration(view)
            ?? Ingress(view)
            ?? (view.Spec["logConfiguration"] as JsonObject)?.Select(p => p.Key).Where(k => !LogFiles.Contains(k))
                .Select(k => $"Invalid log config key: {k}. Allowed keys are [{string.Join(", ", LogFiles)}]").FirstOrDefault()
            ?? (view.Job is null ? null : Job(view, checkReplicas: true))
            ?? JobManager(view)
            ?? TaskManager(view)
            ?? Switches(view, deployed)
            ?? (string.IsNullOrEmpty(view.Text("serviceAccount"))
                ? "spec.serviceAccount must be defined. If you use helm, its value should be the same with the name of jobServiceAccount." : null);
    }

    public string? SessionJob(JsonObject resource, JsonObject? deployed, JsonObject? session)
    {
        var view = new SpecView(resource["spec"] as JsonObject ?? []);
        var deployment = view.Text("deploymentName") ?? "";
        if (Name(deployment, "FlinkDeployment") is { } error) return error;
        if (view.Job is null) return "The job spec should not be empty";
        if (deployed?["deploymentName"]?.ToString() is { } before && before != deployment) return "The deploymentName can't be changed";
        if (version.IsNewest && Jar(view.JobText("jarURI")) is { } jar) return jar;
        if (session is null) return null;
        var cluster = session["spec"] as JsonObject ?? [];
        if (cluster["job"] is not null) return "Can not submit session job to application cluster";
        var merged = (JsonObject)view.Spec.DeepClone();
        var configuration = new JsonObject();
        foreach (var (key, value) in new SpecView(cluster).Config) configuration[key] = value;
        foreach (var (key, value) in view.Config) configuration[key] = value;
        merged["flinkConfiguration"] = configuration;
        return Job(new SpecView(merged), checkReplicas: false);
    }

    public static string? Snapshot(JsonObject resource, bool targetExists, bool started)
    {
        var spec = resource["spec"] as JsonObject ?? [];
        if (spec["savepoint"] is null == spec["checkpoint"] is null) return "Exactly one of checkpoint or savepoint configurations has to be set.";
        if (spec["savepoint"]?["alreadyExists"]?.GetValue<bool>() == true) return null;
        if (spec["jobReference"] is null) return "Job reference must be supplied for this snapshot";
        if (!started && !targetExists) return $"Target for snapshot {resource["metadata"]!["namespace"]}/{resource["metadata"]!["name"]} was not found";
        return null;
    }

    private static string? Name(string name, string kind) => NamePattern().IsMatch(name) ? null
        : $"The {kind} name: {name} is invalid, must consist of lower case alphanumeric characters or '-', start with an alphabetic character, and end with an alphanumeric character (e.g. 'my-name',  or 'abc-123'), and the length must be no more than 45 characters.";

    private static string? Version(SpecView view, JsonObject? deployed)
    {
        if (view.FlinkVersion.Length == 0) return "Flink Version must be defined.";
        if (view.FlinkVersion is "v1_13" or "v1_14") return $"Flink version {view.FlinkVersion} is not supported by this operator version";
        if (deployed is null || deployed["flinkVersion"]?.ToString() == view.FlinkVersion) return null;
        return deployed["job"]?["state"]?.ToString() == "suspended" && deployed["job"]?["upgradeMode"]?.ToString() == "last-state" && view.UpgradeMode != "stateless"
            ? "Changing flinkVersion after last-state suspend is not allowed. Restore your cluster with the current flinkVersion and perform the version upgrade with savepoint mode after the job is running."
            : null;
    }

    private static string? Configuration(SpecView view)
    {
        if (Forbidden.FirstOrDefault(view.Config.ContainsKey) is { } key) return "Forbidden Flink config key: " + key;
        if (view.IsTrue("kubernetes.operator.deployment.rollback.enabled") && !view.HasHa) return "HA must be enabled for rollback support.";
        return view.IsTrue("kubernetes.operator.cluster.health-check.enabled") && !view.IsTrue("kubernetes.operator.jm-deployment-recovery.enabled", true)
            ? "Deployment recovery (kubernetes.operator.jm-deployment-recovery.enabled) must be enabled for job health check (kubernetes.operator.cluster.health-check.enabled) support."
            : null;
    }

    private static string? Ingress(SpecView view)
    {
        if (view.Spec["ingress"] is not JsonObject ingress) return null;
        if (ingress["template"]?.ToString() is not { Length: > 0 } template) return "Ingress template must be defined";
        var url = Placeholder().Replace(template, "x");
        return Uri.TryCreate(url.Contains("://", StringComparison.Ordinal) ? url : "http://" + url.TrimStart('/'), UriKind.Absolute, out _)
            ? null : $"Unable to process the Ingress template({template}). Error: Illegal character in authority";
    }

    private string? Job(SpecView view, bool checkReplicas)
    {
        var mode = view.UpgradeMode;
        if (mode != "stateless" && string.IsNullOrEmpty(view.CheckpointDirectory))
            return $"Checkpoint directory[{CheckpointKey}] must be defined for last-state and savepoint upgrade modes";
        if (string.IsNullOrEmpty(view.SavepointDirectory))
        {
            if (mode == "savepoint") return $"Job could not be upgraded with savepoint while config key[{SavepointKey}] is not set";
            if (view.Nonce("savepointTriggerNonce") is not null) return $"Savepoint could not be manually triggered for the running job while config key[{SavepointKey}] is not set";
            if (view.Get("kubernetes.operator.periodic.savepoint.interval") is not null) return $"Periodic savepoints cannot be enabled when config key[{SavepointKey}] is not set";
            if (view.Get("kubernetes.operator.job.upgrade.last-state.max.allowed.checkpoint.age") is not null)
                return $"In order to use max-checkpoint age functionality config key[{SavepointKey}] must be set to allow triggering savepoint upgrades.";
        }
        if (checkReplicas && Number(view.Spec["taskManager"]?["replicas"]) is { } replicas) return replicas < 1 ? "TaskManager replicas must be larger than 0" : null;
        return (Number(view.Job?["parallelism"]) ?? 0) < 1 ? "Job parallelism must be larger than 0" : null;
    }

    private string? JobManager(SpecView view)
    {
        if (Resources(view, "jobManager", "JobManager", "jobmanager.memory.") is { } error) return error;
        var replicas = Number(view.Spec["jobManager"]?["replicas"]) ?? 1;
        if (replicas < 1) return "JobManager replicas should not be configured less than one.";
        return replicas > 1 && !view.HasHa ? "High availability should be enabled when starting standby JobManagers." : null;
    }

    private string? TaskManager(SpecView view) => Resources(view, "taskManager", "TaskManager", "taskmanager.memory.")
        ?? (Number(view.Spec["taskManager"]?["replicas"]) < 1 ? "TaskManager replicas should not be configured less than one." : null);

    private string? Resources(SpecView view, string field, string word, string keys)
    {
        var part = view.Spec[field] as JsonObject;
        var memory = part?["resource"]?["memory"]?.ToString();
        var requested = part?["resources"]?["requests"]?["memory"]?.ToString() ?? part?["resources"]?["limits"]?["memory"]?.ToString();
        if (memory is null && requested is null && !view.Config.Keys.Any(k => k.StartsWith(keys, StringComparison.Ordinal) && k.EndsWith(".size", StringComparison.Ordinal)))
            return version.IsNewest
                ? $"{word} resource memory must be defined using `spec.{field}.resource.memory` or `spec.{field}.resources.requests.memory`"
                : $"{word} resource memory must be defined using `spec.{field}.resource.memory`";
        if (memory is not null && SpecView.ParseMemory(memory) is null) return $"{word} resource memory parse error: Could not parse value '{memory}'";
        if (part?["resource"]?["ephemeralStorage"]?.ToString() is { } storage && SpecView.ParseMemory(storage) is null)
            return $"{word} resource ephemeral storage parse error: Could not parse value '{storage}'";
        return version.IsNewest ? Requirements(part?["resources"] as JsonObject, word) : null;
    }

    private static string? Requirements(JsonObject? resources, string word)
    {
        if (resources is null) return null;
        var errors = new List<string>();
        foreach (var kind in (string[])["requests", "limits"])
            foreach (var (name, value) in resources[kind] as JsonObject ?? [])
                if (Quantity(value?.ToString()) is not { } amount) errors.Add($"{word} resource requirements {kind} {name} parse error: {value}");
                else if (amount <= 0 && name is "cpu" or "memory") errors.Add($"{word} resource requirements {kind} {name} must be positive: {value}");
                else if (amount < 0) errors.Add($"{word} resource requirements {kind} {name} must not be negative: {value}");
        foreach (var name in (string[])["cpu", "memory"])
            if (Quantity(resources["requests"]?[name]?.ToString()) is { } request && Quantity(resources["limits"]?[name]?.ToString()) is { } limit && request > limit)
                errors.Add($"{word} resource requirements {name} request ({resources["requests"]![name]}) must not exceed its limit ({resources["limits"]![name]})");
        return errors.Count == 0 ? null : string.Join("; ", errors);
    }

    private static double? Quantity(string? text)
    {
        if (text is null) return null;
        if (text.EndsWith('m') && double.TryParse(text[..^1], NumberStyles.Float, CultureInfo.InvariantCulture, out var milli)) return milli / 1000;
        return double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out var plain) ? plain : SpecView.ParseMemory(text);
    }

    private static string? Switches(SpecView view, JsonObject? deployed)
    {
        if (deployed is null) return null;
        if (deployed["job"] is null != view.Job is null) return view.Job is null ? "Cannot switch from job to session cluster" : "Cannot switch from session to job cluster";
        var (before, after) = (deployed["mode"]?.ToString() ?? "native", view.Text("mode") ?? "native");
        if (before != after)
            return before == "native" ? "Cannot switch from native kubernetes to standalone kubernetes cluster" : "Cannot switch from standalone kubernetes to native kubernetes cluster";
        return view.Nonce("savepointRedeployNonce") is { } nonce && nonce != Number(deployed["job"]?["savepointRedeployNonce"]) && string.IsNullOrWhiteSpace(view.JobText("initialSavepointPath"))
            ? "InitialSavepointPath must not be empty for savepoint redeployment" : null;
    }

    private static string? Jar(string? uri)
    {
        if (string.IsNullOrEmpty(uri)) return null;
        if (!Uri.TryCreate(uri, UriKind.RelativeOrAbsolute, out var parsed)) return $"Invalid jarURI: {uri}";
        if (!parsed.IsAbsoluteUri || !uri.Contains(':', StringComparison.Ordinal)) return "jarURI must include a scheme";
        return parsed.Scheme != "https"
            ? $"jarURI scheme '{parsed.Scheme}' is not in the allowlist [https]. Configure 'kubernetes.operator.user.artifacts.allowed-schemes' to extend the allowlist."
            : parsed.Host.Length == 0 ? "jarURI must include a host"
            : parsed.IsLoopback ? $"jarURI host '{parsed.Host}' resolves to a restricted address" : null;
    }

    private static long? Number(JsonNode? node) => node is JsonValue value && value.GetValueKind() == JsonValueKind.Number ? value.GetValue<long>() : null;

    [GeneratedRegex(@"^[a-z]([-a-z\d]{0,43}[a-z\d])?$")]
    private static partial Regex NamePattern();

    [GeneratedRegex(@"\{\{\s*(name|namespace)\s*\}\}", RegexOptions.IgnoreCase)]
    private static partial Regex Placeholder();
}
