using System.Text;
using System.Text.Json.Nodes;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>
/// A kubeconfig that somebody handed over, with its secrets: kept sealed, never shown, never printed. It may hold data only: what names a file or a program would
/// make Sluice read or run something of its own machine for whoever wrote it.
/// </summary>
public sealed class ClusterCredentials : IEquatable<ClusterCredentials>
{
    private readonly string _text;
    private readonly string? _problem;

    private ClusterCredentials(string text, string? problem) => (_text, _problem) = (text, problem);

    /// <summary>From the text of a kubeconfig.</summary>
    public static ClusterCredentials FromKubeconfig(string text) => new(text, null);

    /// <summary>From an address, the token of a service account there and the authority (PEM) that signed the server's certificate; without one the machine's own authorities count.</summary>
    public static ClusterCredentials FromToken(string server, string token, string? authority)
    {
        var cluster = new JsonObject { ["server"] = server };
        if (!string.IsNullOrWhiteSpace(authority)) cluster["certificate-authority-data"] = Convert.ToBase64String(Encoding.UTF8.GetBytes(authority.Trim() + "\n"));
        // JSON is YAML.
        return new(new JsonObject
        {
            ["current-context"] = "given",
            ["clusters"] = new JsonArray(new JsonObject { ["name"] = "given", ["cluster"] = cluster }),
            ["users"] = new JsonArray(new JsonObject { ["name"] = "given", ["user"] = new JsonObject { ["token"] = token.Trim() } }),
            ["contexts"] = new JsonArray(new JsonObject { ["name"] = "given", ["context"] = new JsonObject { ["cluster"] = "given", ["user"] = "given" } }),
        }.ToJsonString(), null);
    }

    /// <summary>Stands for credentials that are kept but cannot be opened here.</summary>
    public static ClusterCredentials Unreadable(string problem) => new("", problem);

    /// <summary>The secret itself, to be sealed and stored.</summary>
    public string Reveal() => _text;

    /// <summary>The contexts that it holds.</summary>
    /// <exception cref="KubernetesException">With <see cref="KubernetesError.Configuration"/> where it is no kubeconfig.</exception>
    public IReadOnlyList<string> Contexts() => Kubeconfig.ContextsOf(_text);

    /// <inheritdoc/>
    public bool Equals(ClusterCredentials? other) => other is not null && _text == other._text && _problem == other._problem;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => Equals(obj as ClusterCredentials);

    /// <inheritdoc/>
    public override int GetHashCode() => _text.GetHashCode(StringComparison.Ordinal);

    /// <inheritdoc/>
    public override string ToString() => "(credentials)";

    internal KubernetesTarget Target(string? context, KubeconfigOptions options) =>
        _problem is null ? Kubeconfig.Parse(_text, context, options) : throw new KubernetesException(KubernetesError.Configuration, _problem);
}
