using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Specs;

/// <summary>What Kubernetes asks of names, labels and annotations, for every kind.</summary>
internal static partial class NameRules
{
    private const int MaxAnnotations = 256 * 1024;
    private static readonly string[] Kinds = ["FlinkDeployment", "FlinkSessionJob", "FlinkStateSnapshot", "FlinkBlueGreenDeployment"];

    public static IReadOnlyList<SpecRule> All { get; } =
    [
        new("kind", Kind), new("api-version", ApiVersion), new("name", Name), new("namespace", Namespace), new("labels", Labels), new("annotations", Annotations), new("spec", HasSpec), new("ambiguous", Ambiguous),
    ];

    private static IEnumerable<SpecProblem> Kind(SpecContext c)
    {
        if (Kinds.Contains(c.Kind)) yield break;
        var near = Nearest.Of(c.Kind, Kinds);
        yield return Error("kind", c.Kind.Length == 0 ? "kind is missing." : $"kind is “{c.Kind}”. Sluice knows {string.Join(", ", Kinds)}.", near is null ? "Write kind: FlinkDeployment." : $"Did you mean {near}?");
    }

    private static IEnumerable<SpecProblem> ApiVersion(SpecContext c)
    {
        var version = c.Manifest.Text("apiVersion");
        if (version != "flink.apache.org/v1beta1") yield return Error("apiVersion", version is null ? "apiVersion is missing." : $"apiVersion is “{version}”.", "Write apiVersion: flink.apache.org/v1beta1.");
    }

    private static IEnumerable<SpecProblem> Name(SpecContext c)
    {
        var name = c.Manifest.Map("metadata").Text("name");
        if (string.IsNullOrEmpty(name)) yield return Error("metadata.name", "The pipeline has no name.", "Write metadata.name: lower-case letters, digits and “-”.");
        else if (c.Kind == "FlinkDeployment") yield break; // the operator's own rule is stricter
        else if (name.Length > 253 || !Subdomain().IsMatch(name))
            yield return Error("metadata.name", $"The name “{Short(name)}” is not one that Kubernetes takes: lower-case letters, digits, “-” and “.”, beginning and ending with a letter or digit, at most 253 characters.", Suggestion(name, 253));
    }

    private static IEnumerable<SpecProblem> Namespace(SpecContext c)
    {
        if (c.Manifest.Map("metadata").At("namespace") is not { } ns) yield break;
        if (ns.Text() is not { } text || text.Length is 0 or > 63 || !Label().IsMatch(text))
            yield return Error("metadata.namespace", $"The namespace {ns.Shown()} is not one that Kubernetes takes: lower-case letters, digits and “-”, beginning and ending with a letter or digit, at most 63 characters.", "Choose one of your team's namespaces.");
    }

    private static IEnumerable<SpecProblem> Labels(SpecContext c)
    {
        foreach (var (key, value) in c.Manifest.Map("metadata").Map("labels") ?? [])
        {
            var path = SpecPath.Key("metadata.labels", key);
            if (!IsQualified(key)) yield return Error(path, $"“{Short(key)}” is not a label's name: letters, digits, “-”, “_” and “.”, at most 63 characters, with an optional prefix and “/”.", "Rename it.");
            if (value is not JsonValue v || v.GetValueKind() != JsonValueKind.String) yield return Error(path, $"The label {Short(key)} is {value.Kind()} ({value.Shown()}). Labels are text.", "Put it in quotes.");
            else if (v.GetValue<string>() is { Length: > 0 } text && (text.Length > 63 || !LabelValue().IsMatch(text)))
                yield return Error(path, $"The label {Short(key)} is “{Short(text)}”. A label's value has letters, digits, “-”, “_” and “.”, at most 63, and begins and ends with a letter or digit.", "Shorten or rename it; an annotation takes any text.");
        }
    }

    private static IEnumerable<SpecProblem> Annotations(SpecContext c)
    {
        var size = 0;
        foreach (var (key, value) in c.Manifest.Map("metadata").Map("annotations") ?? [])
        {
            var path = SpecPath.Key("metadata.annotations", key);
            size += key.Length + (value.Text()?.Length ?? 0);
            if (!IsQualified(key)) yield return Error(path, $"“{Short(key)}” is not an annotation's name.", "Rename it: letters, digits, “-”, “_” and “.”, with an optional prefix and “/”.");
            if (value is not JsonValue v || v.GetValueKind() != JsonValueKind.String) yield return Error(path, $"The annotation {Short(key)} is {value.Kind()} ({value.Shown()}). Annotations are text.", "Put it in quotes.");
        }
        if (size > MaxAnnotations) yield return Error("metadata.annotations", $"The annotations have {size / 1024} KiB; Kubernetes takes 256.", "Shorten them.");
    }

    private static IEnumerable<SpecProblem> HasSpec(SpecContext c)
    {
        if (c.Manifest.ContainsKey("spec") && c.Spec is null) yield return Error("spec", $"spec is {c.Manifest["spec"].Kind()}. It must be a map.", "Write the fields of the spec below it.");
        else if (c.Spec is null) yield return Error("spec", "spec is missing.", "Write the fields of the spec below “spec:”.");
    }

    private static IEnumerable<SpecProblem> Ambiguous(SpecContext c) =>
        c.Input.Ambiguous.Select(a => new SpecProblem(a.Path, ProblemSeverity.Caution, $"{a.Text} without quotes is text here, but kubectl and other readers of YAML take it for something else.", $"Put it in quotes: \"{a.Text}\".", RuleSource.Sluice));

    internal static string Short(string text) => text.Length <= 60 ? text : text[..57] + "…";

    internal static string Suggestion(string name, int longest)
    {
        var fixedUp = NotAllowed().Replace(name.ToLowerInvariant(), "-").Trim('-');
        fixedUp = (fixedUp.Length > longest ? fixedUp[..longest] : fixedUp).Trim('-');
        return fixedUp.Length > 0 && char.IsAsciiLetter(fixedUp[0]) ? $"For example {fixedUp}." : "Begin with a letter.";
    }

    private static bool IsQualified(string key)
    {
        var slash = key.IndexOf('/', StringComparison.Ordinal);
        var (prefix, name) = slash < 0 ? ((string?)null, key) : (key[..slash], key[(slash + 1)..]);
        return name.Length is > 0 and <= 63 && LabelValue().IsMatch(name) && (prefix is null || (prefix.Length is > 0 and <= 253 && Subdomain().IsMatch(prefix)));
    }

    private static SpecProblem Error(string path, string message, string fix) => new(path, ProblemSeverity.Error, message, fix, RuleSource.KubernetesName);

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*\z")]
    private static partial Regex Subdomain();

    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z")]
    private static partial Regex Label();

    [GeneratedRegex(@"\A[A-Za-z0-9]([-A-Za-z0-9_.]*[A-Za-z0-9])?\z")]
    private static partial Regex LabelValue();

    [GeneratedRegex("[^a-z0-9]+")]
    private static partial Regex NotAllowed();
}
