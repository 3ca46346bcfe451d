using System.Text;
using YamlDotNet.RepresentationModel;
using Y = Sluice.Domain.Kubernetes.KubeconfigYaml;

namespace Sluice.Domain.Kubernetes;

/// <summary>
/// Finds the connection that kubeconfig files describe, by the rules that kubectl follows: the first file that names a cluster, user or context
/// supplies the whole entry, the first current context counts, and relative paths begin at the folder of the entry's own file.
/// </summary>
public static class Kubeconfig
{
    // The folder at which relative paths begin; none where the text was handed over, and then it may name no file.
    private sealed record Entry(YamlMappingNode Node, string? Directory);

    private sealed record Merged(string Name, Dictionary<string, Entry> Contexts, Dictionary<string, Entry> Clusters, Dictionary<string, Entry> Users, string? Current);

    /// <summary>Reads the files (one, or several separated by colons) and returns the connection of a context, or of the current one.</summary>
    /// <exception cref="KubernetesException">With <see cref="KubernetesError.Configuration"/>, saying what is missing or wrong and in which file.</exception>
    public static KubernetesTarget Load(string paths, string? context, KubeconfigOptions options)
    {
        ArgumentNullException.ThrowIfNull(paths);
        return Load(Merge(paths), context, options);
    }

    /// <summary>Returns the connection that the text of a kubeconfig describes. It may name neither files nor programs.</summary>
    /// <exception cref="KubernetesException">With <see cref="KubernetesError.Configuration"/>, saying what is missing or wrong.</exception>
    internal static KubernetesTarget Parse(string text, string? context, KubeconfigOptions options) => Load(Handed(text), context, options);

    /// <summary>The names of the contexts in the text of a kubeconfig.</summary>
    internal static IReadOnlyList<string> ContextsOf(string text) => [.. Handed(text).Contexts.Keys.Order(StringComparer.Ordinal)];

    private static KubernetesTarget Load(Merged merged, string? context, KubeconfigOptions options)
    {
        ArgumentNullException.ThrowIfNull(options);
        var (kubeconfig, contexts, clusters, users, current) = merged;
        var name = context ?? current
            ?? throw Bad($"The {kubeconfig} has no current-context, and none was chosen. It knows: {Names(contexts)}.");
        if (!contexts.TryGetValue(name, out var contextEntry))
            throw Bad($"The {kubeconfig} has no context named {Quoted(name)}. It knows: {Names(contexts)}.");
        var clusterName = Y.Text(contextEntry.Node, "cluster") ?? throw Bad($"The context {Quoted(name)} names no cluster.");
        if (!clusters.TryGetValue(clusterName, out var cluster))
            throw Bad($"The context {Quoted(name)} names the cluster {Quoted(clusterName)}, which the {kubeconfig} does not have.");
        Entry? user = null;
        if (Y.Text(contextEntry.Node, "user") is { } userName && !users.TryGetValue(userName, out user))
            throw Bad($"The context {Quoted(name)} names the user {Quoted(userName)}, which the {kubeconfig} does not have.");
        return Target(name, contextEntry.Node, clusterName, cluster, user, options);
    }

    /// <summary>The connection of the pod that Sluice runs in.</summary>
    /// <exception cref="KubernetesException">With <see cref="KubernetesError.Configuration"/> where it runs in none.</exception>
    public static KubernetesTarget InCluster(KubeconfigOptions options) => InClusterConfig.Load(options);

    /// <summary>The names of the contexts that the files hold, for a choice list.</summary>
    public static IReadOnlyList<string> Contexts(string paths) => [.. Merge(paths).Contexts.Keys.Order(StringComparer.Ordinal)];

    private static Merged Handed(string text)
    {
        var root = Y.Parse(text, null);
        var merged = new Merged("kubeconfig", [], [], [], Y.Text(root, "current-context"));
        Add(merged.Contexts, root, "contexts", "context", null);
        Add(merged.Clusters, root, "clusters", "cluster", null);
        Add(merged.Users, root, "users", "user", null);
        return merged.Contexts.Count == 0 ? throw Bad("The kubeconfig holds no contexts.") : merged;
    }

    private static Merged Merge(string paths)
    {
        var files = paths.Split(Path.PathSeparator, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Select(Path.GetFullPath).Distinct(StringComparer.Ordinal).ToList();
        // A single named file must exist; in a list, as in KUBECONFIG, absent files are passed over.
        var found = files.Where(File.Exists).ToList();
        if (found.Count == 0) throw Bad(files.Count == 0 ? "No kubeconfig file is named." : $"There is no kubeconfig at {string.Join(" or ", files)}. Check the path and that the file is mounted.");
        var (contexts, clusters, users) = (new Dictionary<string, Entry>(), new Dictionary<string, Entry>(), new Dictionary<string, Entry>());
        string? current = null;
        foreach (var file in found)
        {
            var root = Y.Read(file);
            var directory = Path.GetDirectoryName(file)!;
            Add(contexts, root, "contexts", "context", directory);
            Add(clusters, root, "clusters", "cluster", directory);
            Add(users, root, "users", "user", directory);
            current ??= Y.Text(root, "current-context");
        }

        if (contexts.Count == 0 && clusters.Count == 0) throw Bad($"The kubeconfig {string.Join(" or ", found)} holds no clusters and no contexts.");
        return new Merged($"kubeconfig {paths}", contexts, clusters, users, current);
    }

    private static void Add(Dictionary<string, Entry> entries, YamlMappingNode root, string list, string item, string? directory)
    {
        foreach (var node in Y.List(root, list)?.Children ?? [])
            if (node is YamlMappingNode entry && Y.Text(entry, "name") is { } name)
                entries.TryAdd(name, new Entry(Y.Map(entry, item) ?? new YamlMappingNode(), directory));
    }

    private static KubernetesTarget Target(string context, YamlMappingNode contextNode, string clusterName, Entry cluster, Entry? user, KubeconfigOptions options)
    {
        var what = $"the cluster {Quoted(clusterName)}";
        var server = Server(Y.Text(cluster.Node, "server"), what);
        var authority = Value(cluster, "certificate-authority", what);
        var insecure = Y.Flag(cluster.Node, "insecure-skip-tls-verify");
        if (authority is not null && insecure) throw Bad($"{Sentence(what)} has both a certificate authority and insecure-skip-tls-verify. Remove insecure-skip-tls-verify.");
        var ns = Y.Text(contextNode, "namespace") ?? "default";
        if (!KubernetesPath.IsLabel(ns)) throw Bad($"The namespace of the context {Quoted(context)} is not valid.");
        var credentials = user is null ? new NoCredential() : Credentials(context, user, cluster, server, options);
        // A token on a plain connection is readable by everyone on the way; on this machine there is no way to be on.
        if (credentials.HasCredentials && server.Scheme == Uri.UriSchemeHttp && !server.IsLoopback)
            throw Bad($"{Sentence(what)} is reached over plain http, so the credential of its user would be readable on the network. Use https.");
        return new KubernetesTarget(server, credentials)
        {
            Namespace = ns,
            Insecure = insecure,
            CertificateAuthority = authority,
            TlsServerName = Y.Text(cluster.Node, "tls-server-name"),
            Proxy = Proxy(Y.Text(cluster.Node, "proxy-url"), what),
            DisableCompression = Y.Flag(cluster.Node, "disable-compression"),
        };
    }

    private static ICredentialSource Credentials(string context, Entry user, Entry cluster, Uri server, KubeconfigOptions options)
    {
        var what = $"the user of context {Quoted(context)}";
        foreach (var legacy in (ReadOnlySpan<string>)["username", "password", "auth-provider"])
            if (user.Node.Children.ContainsKey(new YamlScalarNode(legacy)))
                throw Bad($"{Sentence(what)} signs in with {legacy}, which API servers no longer accept. Use a token, a client certificate or an exec plugin.");
        foreach (var impersonation in (ReadOnlySpan<string>)["as", "as-uid", "as-groups", "as-user-extra"])
            if (user.Node.Children.ContainsKey(new YamlScalarNode(impersonation)))
                throw Bad($"{Sentence(what)} acts as somebody else ({impersonation}), which Sluice does not do. Give Sluice an account of its own.");
        var certificate = Value(user, "client-certificate", what);
        var key = Value(user, "client-key", what);
        if (certificate is null != key is null) throw Bad($"{Sentence(what)} has a client {(key is null ? "certificate but no key" : "key but no certificate")}.");
        if (Y.Map(user.Node, "exec") is { } exec)
        {
            if (certificate is not null) throw Bad($"{Sentence(what)} has both a client certificate and an exec plugin. Keep one.");
            if (user.Directory is not { } folder) throw Bad($"{Sentence(what)} signs in by running a program (exec), which only a kubeconfig file on Sluice's machine may. Use a token or a client certificate.");
            return ExecCredential.From(exec, folder, what, Cluster(cluster, server), options);
        }

        var token = Y.Text(user.Node, "tokenFile") is { } file ? FileOf(user, "tokenFile", file, what)
            : Y.Text(user.Node, "token") is { } text ? new FileOrData(null, Encoding.UTF8.GetBytes(text)) : null;
        return token is null && certificate is null ? new NoCredential() : new FileCredential(token, certificate, key, options.Time);
    }

    private static ExecCluster Cluster(Entry cluster, Uri server) => new(
        server.ToString(),
        Value(cluster, "certificate-authority", "the cluster"),
        Y.Flag(cluster.Node, "insecure-skip-tls-verify"),
        Y.Text(cluster.Node, "tls-server-name"),
        Y.List(cluster.Node, "extensions")?.Children.OfType<YamlMappingNode>()
            .FirstOrDefault(static e => Y.Text(e, "name") == "client.authentication.k8s.io/exec") is { } extension && extension.Children.TryGetValue(new YamlScalarNode("extension"), out var config) ? config : null);

    // The data form beats the file form.
    private static FileOrData? Value(Entry entry, string key, string what) =>
        Y.Data(entry.Node, key + "-data", what) is { } data ? new FileOrData(null, data)
        : Y.Text(entry.Node, key) is { } file ? FileOf(entry, key, file, what) : null;

    private static FileOrData FileOf(Entry entry, string key, string file, string what) => entry.Directory is { } folder
        ? new FileOrData(Path.GetFullPath(file, folder), null)
        : throw Bad($"{Sentence(what)} names a file ({key}), which is on the machine where the kubeconfig was made. Put its content in: kubectl config view --raw --flatten.");

    private static Uri Server(string? text, string what)
    {
        if (text is null) throw Bad($"{Sentence(what)} has no server.");
        if (!text.Contains("://", StringComparison.Ordinal)) text = "https://" + text;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var server) || (server.Scheme != Uri.UriSchemeHttps && server.Scheme != Uri.UriSchemeHttp))
            throw Bad($"The server of {what} is not an http or https URL.");
        if (server.UserInfo.Length > 0) throw Bad($"The server of {what} holds a user name or password in its URL. Put the credential under users.");
        if (server.Query.Length > 0 || server.Fragment.Length > 0) throw Bad($"The server of {what} has a query or fragment in its URL.");
        return server;
    }

    private static Uri? Proxy(string? text, string what)
    {
        if (text is null) return null;
        if (!Uri.TryCreate(text, UriKind.Absolute, out var proxy) || proxy.Scheme is not ("http" or "https" or "socks5"))
            throw Bad($"The proxy-url of {what} is not an http, https or socks5 URL.");
        return proxy;
    }

    private static string Names(Dictionary<string, Entry> entries) =>
        entries.Count == 0 ? "none" : string.Join(", ", entries.Keys.Order(StringComparer.Ordinal).Take(20).Select(Quoted));

    private static string Quoted(string name) => $"\"{KubernetesText.Clean(name, 100)}\"";

    private static string Sentence(string what) => char.ToUpperInvariant(what[0]) + what[1..];

    private static KubernetesException Bad(string message) => new(KubernetesError.Configuration, message);
}
