using System.Text.Json;
using System.Text.Json.Nodes;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Specs;

/// <summary>
/// The register page's form. All values are the text that a person entered, valid or not, so that nothing is lost on the way to a manifest and back.
/// Empty means: not set here, a default may fill it.
/// </summary>
public sealed record SpecForm
{
    /// <summary>What runs.</summary>
    public PipelineKind Kind { get; init; } = PipelineKind.FlinkJar;

    /// <summary>The owning team; not part of the manifest.</summary>
    public string Team { get; init; } = "";

    /// <summary>How much care a change needs; not part of the manifest.</summary>
    public PipelineTier Tier { get; init; }

    /// <summary>The cluster; not part of the manifest.</summary>
    public string Cluster { get; init; } = "";

    /// <summary><c>metadata.name</c>.</summary>
    public string Name { get; init; } = "";

    /// <summary><c>metadata.namespace</c>.</summary>
    public string Namespace { get; init; } = "";

    /// <summary>As in the manifest, for example <c>v1_20</c>.</summary>
    public string FlinkVersion { get; init; } = "";

    /// <summary>The image of JobManager and TaskManagers.</summary>
    public string Image { get; init; } = "";

    /// <summary>Usually <c>local:///…</c>, a jar in the image.</summary>
    public string JarUri { get; init; } = "";

    /// <summary>The class with <c>main()</c>; empty where the jar's manifest names it.</summary>
    public string EntryClass { get; init; } = "";

    /// <summary>The program's own arguments.</summary>
    public IReadOnlyList<string> Arguments { get; init; } = [];

    /// <summary>BeamJava: the runner's arguments (<see cref="BeamArguments"/>), rendered before the program's own.</summary>
    public IReadOnlyList<string> RunnerArguments { get; init; } = [];

    /// <summary><c>job.parallelism</c>.</summary>
    public string Parallelism { get; init; } = "";

    /// <summary><c>taskmanager.numberOfTaskSlots</c>.</summary>
    public string TaskSlots { get; init; } = "";

    /// <summary>Memory of a JobManager.</summary>
    public string JobManagerMemory { get; init; } = "";

    /// <summary>CPU of a JobManager.</summary>
    public string JobManagerCpu { get; init; } = "";

    /// <summary>Memory of a TaskManager.</summary>
    public string TaskManagerMemory { get; init; } = "";

    /// <summary>CPU of a TaskManager.</summary>
    public string TaskManagerCpu { get; init; } = "";

    /// <summary><c>savepoint</c>, <c>last-state</c> or <c>stateless</c>.</summary>
    public string UpgradeMode { get; init; } = "";

    /// <summary>A Flink duration, for example <c>1 min</c>.</summary>
    public string CheckpointInterval { get; init; } = "";

    /// <summary><c>rocksdb</c> or <c>hashmap</c>.</summary>
    public string StateBackend { get; init; } = "";

    /// <summary>Where checkpoints go.</summary>
    public string CheckpointDirectory { get; init; } = "";

    /// <summary>Where savepoints go.</summary>
    public string SavepointDirectory { get; init; } = "";

    /// <summary><c>kubernetes</c> for high availability, <c>NONE</c> or empty without.</summary>
    public string HighAvailability { get; init; } = "";

    /// <summary>Where high availability keeps its data.</summary>
    public string HighAvailabilityDirectory { get; init; } = "";

    /// <summary><c>spec.serviceAccount</c>.</summary>
    public string ServiceAccount { get; init; } = "";

    /// <summary><c>spec.podTemplate</c> as YAML text.</summary>
    public string PodTemplate { get; init; } = "";

    /// <summary>All other options of <c>flinkConfiguration</c>, flat.</summary>
    public IReadOnlyList<KeyValuePair<string, string>> ExtraConfiguration { get; init; } = [];

    /// <summary>A form for something new.</summary>
    public static SpecForm New(PipelineKind kind)
    {
        var form = new SpecForm { Kind = kind, UpgradeMode = "savepoint" };
        return kind == PipelineKind.BeamJava ? form.WithRunnerArguments() : form;
    }

    /// <summary>For BeamJava: with the runner's arguments that a pipeline under the operator needs; other kinds unchanged.</summary>
    public SpecForm WithRunnerArguments() => Kind == PipelineKind.BeamJava ? this with { RunnerArguments = BeamArguments.Complete(RunnerArguments, CheckpointInterval) } : this;

    /// <summary>The form of a manifest. Values that the form has no field for stay in the manifest alone.</summary>
    public static SpecForm FromManifest(JsonObject manifest)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        var spec = manifest.Map("spec");
        var arguments = (spec.Map("job").List("args") ?? []).Select(a => a.Text() ?? "").ToList();
        var kind = KindOf(manifest);
        var beam = kind == PipelineKind.BeamJava;
        var form = new SpecForm
        {
            Kind = kind,
            Arguments = [.. arguments.Where(a => !beam || !BeamArguments.IsForRunner(a))],
            RunnerArguments = [.. arguments.Where(a => beam && BeamArguments.IsForRunner(a))],
            PodTemplate = spec.Map("podTemplate") is { } template ? ManifestYaml.ToText(template) : "",
            ExtraConfiguration = [.. FlinkConfiguration.Of(manifest).Where(o => o.Value is not null && !SpecFormFields.OwnsOption(o.Key)).Select(o => KeyValuePair.Create(o.Key, o.Value!))],
        };
        return SpecFormFields.All.Aggregate(form, (f, field) => field.Set(f, field.Read(manifest) ?? ""));
    }

    /// <summary>
    /// The manifest of a form. Of an existing manifest only the fields are changed whose value in the form differs; all else stays: unknown fields, order,
    /// nested or flat configuration. A pod template that is no YAML is left as it was (<see cref="Problems"/> says why).
    /// </summary>
    public static JsonObject ToManifest(SpecForm form, JsonObject? existing = null)
    {
        ArgumentNullException.ThrowIfNull(form);
        var manifest = existing?.DeepClone().AsObject() ?? new JsonObject
        {
            ["apiVersion"] = "flink.apache.org/v1beta1",
            ["kind"] = "FlinkDeployment",
            ["metadata"] = new JsonObject(),
            ["spec"] = new JsonObject { ["job"] = new JsonObject { ["state"] = "running" } },
        };
        var old = FromManifest(manifest);
        foreach (var field in SpecFormFields.All)
            if (field.Get(form) is var value && value != field.Get(old)) field.Write(manifest, value);
        SpecFormFields.WriteOptions(manifest, old.ExtraConfiguration, form.ExtraConfiguration);
        IReadOnlyList<string> runner = form.Kind == PipelineKind.BeamJava ? form.RunnerArguments : [];
        if (!form.Arguments.SequenceEqual(old.Arguments) || !runner.SequenceEqual(old.RunnerArguments))
        {
            string[] arguments = [.. runner, .. form.Arguments];
            if (arguments.Length == 0) SpecJson.Remove(manifest, ["spec", "job", "args"]);
            else SpecJson.Set(manifest, ["spec", "job", "args"], new JsonArray([.. arguments.Select(a => (JsonNode)a)]));
        }
        if (form.PodTemplate.Trim() == old.PodTemplate.Trim()) return manifest;
        if (string.IsNullOrWhiteSpace(form.PodTemplate)) SpecJson.Remove(manifest, ["spec", "podTemplate"]);
        else if (ManifestYaml.TryParse(form.PodTemplate, out var template, out _)) SpecJson.Set(manifest, ["spec", "podTemplate"], template.Root.DeepClone());
        return manifest;
    }

    /// <summary>The YAML text after an edit in the form: comments and everything that the form does not change stay as they are.</summary>
    public static string ToText(SpecForm form, string text)
    {
        ArgumentNullException.ThrowIfNull(form);
        return ManifestYaml.TryParse(text, out var document, out _) ? ManifestEditor.Apply(text, ToManifest(form, document.Root)) : ManifestYaml.ToText(ToManifest(form));
    }

    /// <summary>What cannot become part of a manifest at all: a pod template that is no YAML, an option that is given twice.</summary>
    public IReadOnlyList<SpecProblem> Problems()
    {
        var problems = new List<SpecProblem>();
        if (!string.IsNullOrWhiteSpace(PodTemplate) && !ManifestYaml.TryParse(PodTemplate, out _, out var error))
            problems.Add(new SpecProblem("spec.podTemplate", ProblemSeverity.Error, $"The pod template cannot be read, line {error.Line}: {error.Problem}", "Put the YAML right, or empty the field.", RuleSource.Sluice));
        foreach (var twice in ExtraConfiguration.GroupBy(e => e.Key).Where(g => g.Count() > 1))
            problems.Add(new SpecProblem(SpecPath.Flink(twice.Key), ProblemSeverity.Error, $"{twice.Key} is given {twice.Count()} times; only the last counts.", "Delete all but one.", RuleSource.Sluice));
        return problems;
    }

    /// <summary>The form's field that shows a path of the manifest, as the name of a property of this type; null where only the YAML shows it.</summary>
    public static string? FieldOf(string path)
    {
        ArgumentNullException.ThrowIfNull(path);
        return SpecFormFields.NameOf(path);
    }

    private static PipelineKind KindOf(JsonObject manifest)
    {
        var session = manifest.Text("kind") == "FlinkSessionJob";
        var job = manifest.Map("spec").Map("job") is { } map ? JsonSerializer.SerializeToElement(map) : default;
        return PipelineKindDetector.Detect(session ? FlinkResource.SessionJob : FlinkResource.Deployment, job).Kind;
    }
}
