using System.Text;
using System.Text.RegularExpressions;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Builds request paths. Every segment is checked first: <c>Uri</c> folds <c>..</c>, even escaped, so that an unchecked name could turn a
/// request for one namespace into one for all of them.
/// </summary>
internal static partial class KubernetesPath
{
    public static string Of(KubernetesResource resource, string? ns, string? name = null, string? subresource = null)
    {
        var path = new StringBuilder(resource.Group.Length == 0 ? "/api/" : $"/apis/{Name(resource.Group, "API group")}/").Append(Label(resource.Version, "API version"));
        if (resource.Namespaced && ns is not null) path.Append("/namespaces/").Append(Label(ns, "namespace"));
        else if (resource.Namespaced && name is not null) throw Invalid($"{resource.Kind} {Shown(name)} needs a namespace.");
        path.Append('/').Append(Label(resource.Plural, "resource"));
        if (name is not null) path.Append('/').Append(Name(name, "name"));
        if (subresource is not null) path.Append('/').Append(Label(subresource, "subresource"));
        return path.ToString();
    }

    /// <summary>Appends the parameters that have a value.</summary>
    public static string Query(string path, params ReadOnlySpan<(string Name, string? Value)> parameters)
    {
        var query = new StringBuilder(path);
        var separator = '?';
        foreach (var (name, value) in parameters)
        {
            if (value is null) continue;
            query.Append(separator).Append(name).Append('=').Append(Uri.EscapeDataString(value));
            separator = '&';
        }

        return query.ToString();
    }

    /// <summary>The path and query of a service behind the API server's proxy; what could leave that service's own space is refused.</summary>
    public static string ServiceProxy(string ns, string service, int port, string pathAndQuery)
    {
        if (port is < 1 or > 65535) throw Invalid($"Port {port} is not between 1 and 65535.");
        var question = pathAndQuery.IndexOf('?', StringComparison.Ordinal);
        var path = question < 0 ? pathAndQuery : pathAndQuery[..question];
        if (!path.StartsWith('/') || pathAndQuery.Any(static c => c is < '!' or > '~' or '\\' or '#')
            || ForbiddenInPath().IsMatch(path) || path.Split('/').Any(static s => s is "." or ".."))
            throw Invalid($"The path {Shown(pathAndQuery)} cannot be sent to a service: it must begin with / and hold no dots-only, escaped or control parts.");
        return $"/api/v1/namespaces/{Label(ns, "namespace")}/services/{Label(service, "service")}:{port}/proxy{pathAndQuery}";
    }

    public static bool IsLabel(string? text) => text is { Length: > 0 and <= 63 } && LabelPattern().IsMatch(text);

    public static bool IsName(string? text) => text is { Length: > 0 and <= 253 } && text.Split('.').All(IsLabelOfAnyLength);

    public static string Label(string? text, string what) =>
        IsLabel(text) ? text! : throw Invalid($"{Shown(text)} is not a valid {what}: lower-case letters, digits and dashes, at most 63, beginning and ending with a letter or digit.");

    public static string Name(string? text, string what) =>
        IsName(text) ? text! : throw Invalid($"{Shown(text)} is not a valid {what}: lower-case letters, digits, dashes and single dots, at most 253, beginning and ending with a letter or digit.");

    private static bool IsLabelOfAnyLength(string text) => text.Length > 0 && LabelPattern().IsMatch(text);

    private static string Shown(string? text) => text is null ? "(nothing)" : $"\"{KubernetesText.Clean(text, 80)}\"";

    private static KubernetesException Invalid(string message) => new(KubernetesError.Invalid, message);

    // \z and not $: the latter also matches before a final line feed.
    [GeneratedRegex(@"\A[a-z0-9]([-a-z0-9]*[a-z0-9])?\z", RegexOptions.CultureInvariant)]
    private static partial Regex LabelPattern();

    // An escaped dot, slash, backslash or percent sign could be decoded once more on the way to the service; a semicolon begins path parameters.
    [GeneratedRegex("%(?![0-9a-fA-F]{2})|%2e|%2f|%5c|%25|%0|%1|%7f|;|//", RegexOptions.CultureInvariant | RegexOptions.IgnoreCase)]
    private static partial Regex ForbiddenInPath();
}
