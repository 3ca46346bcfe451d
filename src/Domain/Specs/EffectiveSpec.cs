using System.Text.Json.Nodes;

namespace Sluice.Domain.Specs;

/// <summary>One value of the effective spec.</summary>
/// <param name="Path">Where it stands in a manifest (<see cref="SpecPath"/>).</param>
/// <param name="Key">As it is shown: an option's name, or the path below <c>spec</c>.</param>
/// <param name="Value">The value.</param>
/// <param name="Origin">Where it comes from: <c>you</c>, <c>team orders</c>, <c>organisation</c>, <c>cluster eu-west-1</c>, <c>operator 1.15.0</c>, <c>Flink 1.20</c>.</param>
/// <param name="Note">What else is to be known, for example <c>enforced</c>; may be empty.</param>
/// <param name="Sent">True where it is part of the manifest that is sent; false for what operator and Flink add.</param>
public sealed record EffectiveValue(string Path, string Key, string Value, string Origin, string Note, bool Sent);

/// <summary>For whom an effective spec is made up.</summary>
/// <param name="Team">The team.</param>
/// <param name="Cluster">The cluster.</param>
/// <param name="OperatorVersion">The operator's version there; null where it is not known.</param>
/// <param name="OperatorDefaults">The options of the operator's own configuration, where they are known.</param>
public sealed record EffectiveSpecContext(string Team, string Cluster, string? OperatorVersion = null, IReadOnlyDictionary<string, string?>? OperatorDefaults = null);

/// <summary>What will really run: what a person wrote, filled up with the organisation's defaults, and what operator and Flink make of the rest.</summary>
/// <param name="Manifest">The manifest to send: the person's with the organisation's defaults.</param>
/// <param name="Values">Every value with where it comes from; the person's first.</param>
/// <param name="Problems">Where a person's value gives way to an enforced one, and defaults that cannot be used.</param>
public sealed record EffectiveSpec(JsonObject Manifest, IReadOnlyList<EffectiveValue> Values, IReadOnlyList<SpecProblem> Problems)
{
    private const string You = "you";

    /// <summary>How many of the values a person wrote.</summary>
    public int YourCount => Values.Count(v => v.Origin == You);

    /// <summary>Makes up the effective spec. Pure.</summary>
    public static EffectiveSpec Compute(JsonObject manifest, OrganisationDefaults defaults, EffectiveSpecContext context)
    {
        ArgumentNullException.ThrowIfNull(manifest);
        ArgumentNullException.ThrowIfNull(defaults);
        ArgumentNullException.ThrowIfNull(context);
        var effective = manifest.DeepClone().AsObject();
        var origins = new Dictionary<string, (string Origin, string Note)>(StringComparer.Ordinal);
        var problems = new List<SpecProblem>();
        foreach (var (path, (value, set)) in defaults.For(context.Team, context.Cluster)) Fill(effective, value, set, context, origins, problems);
        var rows = new List<EffectiveValue>();
        foreach (var (path, value) in Leaves(effective))
        {
            var (origin, note) = Origin(origins, path);
            rows.Add(new EffectiveValue(path, KeyOf(path), value, origin, note, true));
        }
        rows.AddRange(PlatformDefaults.For(effective, context));
        return new EffectiveSpec(effective, [.. rows.OrderBy(r => r.Origin == You ? 0 : r.Sent ? 1 : 2)], problems);
    }

    private static void Fill(JsonObject manifest, SpecDefault value, DefaultSet set, EffectiveSpecContext context, Dictionary<string, (string, string)> origins, List<SpecProblem> problems)
    {
        var text = Expand(value.Value, manifest, context, out var missing);
        if (missing is not null)
        {
            if (Current(manifest, value.Path) is null) problems.Add(new SpecProblem(value.Path, ProblemSeverity.Info, $"The default of {set.Words} ({value.Value}) needs the {missing}, which is not entered yet.", $"Enter the {missing}.", RuleSource.Organisation));
            return;
        }
        var note = string.Join("; ", new[] { value.Enforced ? "enforced" : "", text != value.Value ? "from a template" : "" }.Where(n => n.Length > 0));
        if (Current(manifest, value.Path) is { } own)
        {
            if (!value.Enforced || own == text) return;
            problems.Add(new SpecProblem(value.Path, ProblemSeverity.Caution, $"{KeyOf(value.Path)} is {own} here; {set.Words} enforces {text}.", "Take your value out.", RuleSource.Organisation));
            note += $"; you wrote {own}";
        }
        if (!Write(manifest, value.Path, text))
            problems.Add(new SpecProblem(value.Path, ProblemSeverity.Caution, $"The default of {set.Words} for {KeyOf(value.Path)} is no YAML and is left out.", "Tell an administrator.", RuleSource.Organisation));
        else origins[Normal(value.Path)] = (set.Words, note);
    }

    private static string? Current(JsonObject manifest, string path)
    {
        if (Option(path) is { } option) return FlinkConfiguration.Get(FlinkConfiguration.Of(manifest), option);
        var node = SpecPath.Find(manifest, path);
        return node.Text() ?? (node is null ? null : ManifestYaml.ToText(new JsonObject { ["v"] = node.DeepClone() }));
    }

    private static bool Write(JsonObject manifest, string path, string text)
    {
        if (Option(path) is { } option)
        {
            var name = FlinkConfiguration.WrittenName(FlinkConfiguration.Of(manifest), option);
            var place = FlinkConfiguration.Locate(manifest.Map("spec").Map("flinkConfiguration"), name) ?? [name];
            SpecJson.Set(manifest, ["spec", "flinkConfiguration", .. place], text);
            return true;
        }
        var keys = SpecPath.Split(path).OfType<string>().ToList();
        if (path.EndsWith("podTemplate", StringComparison.Ordinal))
        {
            if (!ManifestYaml.TryParse(text, out var template, out _)) return false;
            SpecJson.Set(manifest, keys, template.Root.DeepClone());
            return true;
        }
        // Numbers stay numbers where the schema wants them; everything else of a spec that has a default is text.
        var number = keys[^1] is "parallelism" or "replicas" or "cpu" && decimal.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out _);
        SpecJson.Set(manifest, keys, number ? YamlScalars.Resolve(text) : JsonValue.Create(text));
        return true;
    }

    private static string Expand(string template, JsonObject manifest, EffectiveSpecContext context, out string? missing)
    {
        missing = null;
        var metadata = manifest.Map("metadata");
        foreach (var (name, value) in new[] { ("team", context.Team), ("cluster", context.Cluster), ("namespace", metadata.Text("namespace")), ("name", metadata.Text("name")) })
        {
            if (!template.Contains("{" + name + "}", StringComparison.Ordinal)) continue;
            if (string.IsNullOrEmpty(value)) missing ??= name;
            template = template.Replace("{" + name + "}", value, StringComparison.Ordinal);
        }
        return template;
    }

    private static (string Origin, string Note) Origin(Dictionary<string, (string, string)> origins, string path)
    {
        for (var at = Normal(path); at.Length > 0; at = SpecPath.Parent(at))
            if (origins.TryGetValue(at, out var found)) return found;
        return (You, "");
    }

    // An option under its old name comes from where the one under its new name does.
    private static string Normal(string path) => Option(path) is { } option ? SpecPath.Flink(FlinkConfiguration.NamesOf(option)[0]) : path;

    private static string? Option(string path) => SpecPath.Split(path) is ["spec", "flinkConfiguration", _, ..] parts ? string.Join('.', parts.Skip(2)) : null;

    private static string KeyOf(string path) => Option(path) ?? (path.StartsWith("spec.", StringComparison.Ordinal) ? path["spec.".Length..] : path);

    private static IEnumerable<(string Path, string Value)> Leaves(JsonObject manifest)
    {
        foreach (var (key, value) in manifest.Map("spec") ?? [])
            if (key != "flinkConfiguration")
                foreach (var leaf in Leaves(SpecPath.Key("spec", key), value)) yield return leaf;
        foreach (var (option, value) in FlinkConfiguration.Of(manifest))
            if (value is not null) yield return (SpecPath.Flink(option), value);
    }

    private static IEnumerable<(string, string)> Leaves(string path, JsonNode? node) => node switch
    {
        null => [],
        JsonObject { Count: > 0 } map => map.SelectMany(e => Leaves(SpecPath.Key(path, e.Key), e.Value)),
        JsonArray list when list.All(i => i is JsonValue) => [(path, ArgumentText.Join(list.Select(i => i.Text() ?? "")))],
        JsonArray list => list.SelectMany((e, i) => Leaves(SpecPath.Index(path, i), e)),
        _ => [(path, node.Text() ?? node.ToJsonString())],
    };
}
