using System.Text.Json.Nodes;
using YamlDotNet.RepresentationModel;
using Y = Sluice.Domain.Kubernetes.KubeconfigYaml;

namespace Sluice.Domain.Kubernetes;

/// <summary>The cluster as a credential plugin may be told of it.</summary>
internal sealed record ExecCluster(string Server, FileOrData? CertificateAuthority, bool Insecure, string? TlsServerName, YamlNode? Config);

/// <summary>
/// A credential from a plugin, kept until it expires or is refused. All callers share one run: a server that starts refusing would otherwise start a
/// process for every request.
/// </summary>
internal sealed class ExecCredential : ICredentialSource, IDisposable
{
    private readonly SemaphoreSlim _one = new(1, 1);
    private readonly ExecPlugin _plugin;
    private readonly TimeProvider _time;
    private Credential? _current;
    private DateTimeOffset? _expires;

    private ExecCredential(ExecPlugin plugin, TimeProvider time)
    {
        _plugin = plugin;
        _time = time;
    }

    public bool HasCredentials => true;

    public static ExecCredential From(YamlMappingNode exec, string directory, string what, ExecCluster cluster, KubeconfigOptions options)
    {
        var command = Y.Text(exec, "command") ?? throw Bad($"The exec plugin of {what} names no command.");
        var version = Y.Text(exec, "apiVersion");
        if (version is not ("client.authentication.k8s.io/v1" or "client.authentication.k8s.io/v1beta1"))
            throw Bad($"The exec plugin of {what} uses {version ?? "no apiVersion"}; Sluice knows client.authentication.k8s.io/v1 and v1beta1.");
        var mode = Y.Text(exec, "interactiveMode");
        if (mode is null && version.EndsWith("/v1", StringComparison.Ordinal)) throw Bad($"The exec plugin of {what} has no interactiveMode, which its apiVersion requires.");
        if (mode == "Always") throw Bad($"The exec plugin of {what} needs a terminal (interactiveMode: Always), and Sluice has none.");
        var path = Resolve(command, directory, options);
        // Absolute paths on both sides: a bare name would let PATH decide what runs.
        if (path is null || !options.AllowedPlugins.Contains(path, StringComparer.Ordinal))
            throw Bad($"The exec plugin of {what} would run {KubernetesText.Clean(path ?? command, 200)}, which is not allowed. An administrator can allow its absolute path in Sluice's configuration; a token or client certificate needs no plugin.");
        var info = new JsonObject { ["apiVersion"] = version, ["kind"] = "ExecCredential", ["spec"] = new JsonObject { ["interactive"] = false } };
        if (Y.Flag(exec, "provideClusterInfo")) info["spec"]!["cluster"] = Describe(cluster);
        var variables = (Y.List(exec, "env")?.Children ?? []).OfType<YamlMappingNode>()
            .Where(static e => Y.Text(e, "name") is not null).Select(static e => (Y.Text(e, "name")!, Y.Text(e, "value") ?? "")).ToList();
        variables.Add(("KUBERNETES_EXEC_INFO", info.ToJsonString()));
        var arguments = (Y.List(exec, "args")?.Children ?? []).OfType<YamlScalarNode>().Select(static a => a.Value ?? "").ToList();
        return new ExecCredential(new ExecPlugin(path, arguments, variables, version, options), options.Time);
    }

    public async ValueTask<Credential> GetAsync(CancellationToken cancellationToken)
    {
        await _one.WaitAsync(cancellationToken).ConfigureAwait(false);
        try
        {
            if (_current is not null && (_expires is null || _time.GetUtcNow() < _expires)) return _current;
            (_current, _expires) = await _plugin.RunAsync(cancellationToken).ConfigureAwait(false);
            return _current;
        }
        finally
        {
            _one.Release();
        }
    }

    public bool Rejected(Credential credential)
    {
        // Only the credential that was refused is dropped: a caller that comes late with an old one must not throw away its successor.
        Interlocked.CompareExchange(ref _current, null, credential);
        return true;
    }

    public void Dispose() => _one.Dispose();

    private static string? Resolve(string command, string directory, KubeconfigOptions options)
    {
        if (Path.IsPathRooted(command)) return Path.GetFullPath(command);
        if (command.Contains('/', StringComparison.Ordinal)) return Path.GetFullPath(command, directory);
        return (options.Environment("PATH") ?? "").Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries)
            .Where(Path.IsPathRooted).Select(folder => Path.GetFullPath(command, folder)).FirstOrDefault(File.Exists);
    }

    private static JsonObject Describe(ExecCluster cluster)
    {
        var text = new JsonObject { ["server"] = cluster.Server };
        if (cluster.CertificateAuthority is { } authority) text["certificate-authority-data"] = Convert.ToBase64String(authority.Read("certificate authority"));
        if (cluster.Insecure) text["insecure-skip-tls-verify"] = true;
        if (cluster.TlsServerName is { } name) text["tls-server-name"] = name;
        if (cluster.Config is { } config) text["config"] = Json(config);
        return text;
    }

    private static JsonNode? Json(YamlNode node) => node switch
    {
        YamlMappingNode map => new JsonObject(map.Children.Select(static p => KeyValuePair.Create(((YamlScalarNode)p.Key).Value ?? "", Json(p.Value)))),
        YamlSequenceNode list => new JsonArray([.. list.Children.Select(Json)]),
        YamlScalarNode { Style: YamlDotNet.Core.ScalarStyle.Plain } scalar => scalar.Value switch
        {
            null or "" or "null" or "~" => null,
            "true" => JsonValue.Create(true),
            "false" => JsonValue.Create(false),
            var number when long.TryParse(number, System.Globalization.NumberStyles.AllowLeadingSign, System.Globalization.CultureInfo.InvariantCulture, out var value) => JsonValue.Create(value),
            var text => JsonValue.Create(text),
        },
        YamlScalarNode scalar => JsonValue.Create(scalar.Value),
        _ => null,
    };

    private static KubernetesException Bad(string message) => new(KubernetesError.Configuration, message);
}
