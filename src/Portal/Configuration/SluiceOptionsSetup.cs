using System.Globalization;
using System.Text.RegularExpressions;
using Microsoft.Extensions.Options;
using Sluice.Domain.Clusters;
using Sluice.Domain.Specs;

namespace Sluice.Portal.Configuration;

/// <summary>Fills in what follows from other settings, then checks everything at once: a start with three mistakes names all three.</summary>
public sealed partial class SluiceOptionsSetup(IConfiguration configuration) : IPostConfigureOptions<SluiceOptions>, IValidateOptions<SluiceOptions>
{
    public void PostConfigure(string? name, SluiceOptions options)
    {
        if (string.IsNullOrWhiteSpace(options.DataDirectory)) options.DataDirectory = DefaultDataDirectory();
        if (string.IsNullOrWhiteSpace(options.Replica))
            options.Replica = string.Create(CultureInfo.InvariantCulture, $"{Environment.MachineName}-{Environment.ProcessId}");
        options.Database.ConnectionString ??= configuration.GetConnectionString("Sluice");
        foreach (var cluster in options.Clusters)
            cluster.Access ??= cluster.Kubeconfig is null && cluster.Context is null ? JobManagerAccess.Service : JobManagerAccess.ApiServerProxy;
        foreach (var team in options.Teams.Where(t => t.DisplayName.Length == 0)) team.DisplayName = team.Name;
    }

    public ValidateOptionsResult Validate(string? name, SluiceOptions options)
    {
        List<string> problems = [];
        for (var i = 0; i < options.Clusters.Count; i++) Check(options.Clusters[i], $"Sluice:Clusters:{i}", problems);
        for (var i = 0; i < options.Teams.Count; i++) Check(options.Teams[i], $"Sluice:Teams:{i}", problems);
        for (var i = 0; i < options.Defaults.Count; i++) Check(options.Defaults[i], $"Sluice:Defaults:{i}", problems);
        problems.AddRange(Repeated(options.Clusters.Select(c => c.Name)).Select(n => $"Sluice:Clusters: the name '{n}' stands twice. Each cluster needs a name of its own."));
        problems.AddRange(Repeated(options.Teams.Select(t => t.Name)).Select(n => $"Sluice:Teams: the name '{n}' stands twice. Each team needs a name of its own."));
        problems.AddRange(Repeated(options.Teams.SelectMany(t => t.Namespaces)).Select(n => $"Sluice:Teams: the namespace '{n}' is given to two teams. A namespace belongs to one."));
        problems.AddRange(options.Operations.Problems("Sluice:Operations"));
        problems.AddRange(options.Guards.Problems("Sluice:Guards"));
        if (options.Management.Port is < 1 or > 65535) problems.Add($"Sluice:Management:Port: {options.Management.Port} is not a port. Use 1 to 65535, or leave it out.");
        return problems.Count == 0 ? ValidateOptionsResult.Success : ValidateOptionsResult.Fail(problems);
    }

    private static void Check(ClusterOptions cluster, string key, List<string> problems)
    {
        if (!DnsLabel().IsMatch(cluster.Name)) problems.Add($"{key}:Name: '{cluster.Name}' cannot stand in a URL. Use at most 63 small letters, digits and '-', with a letter or digit at both ends.");
        if (cluster.Access == JobManagerAccess.Ingress)
        {
            if (cluster.IngressTemplate is null) problems.Add($"{key}:IngressTemplate: is missing, but Access is Ingress. Give a URL with {{name}} and {{namespace}}.");
            else if (!cluster.IngressTemplate.Contains("{name}", StringComparison.Ordinal)) problems.Add($"{key}:IngressTemplate: '{cluster.IngressTemplate}' has no {{name}}, so all jobs would have one address.");
        }

        foreach (var ns in cluster.Namespaces.Where(n => !DnsLabel().IsMatch(n))) problems.Add($"{key}:Namespaces: '{ns}' is not a namespace name.");
    }

    private static void Check(TeamOptions team, string key, List<string> problems)
    {
        if (!DnsLabel().IsMatch(team.Name)) problems.Add($"{key}:Name: '{team.Name}' is not a name. Use at most 63 small letters, digits and '-'.");
        foreach (var ns in team.Namespaces.Where(n => n.Split('/') is not [var cluster, var space] || !DnsLabel().IsMatch(cluster) || !DnsLabel().IsMatch(space)))
            problems.Add($"{key}:Namespaces: '{ns}' is not of the form cluster/namespace.");
    }

    private static void Check(DefaultOptions value, string key, List<string> problems)
    {
        if (!value.Path.StartsWith("spec.", StringComparison.Ordinal)) problems.Add($"{key}:Path: '{value.Path}' is no place in a spec. It begins with 'spec.', for example 'spec.serviceAccount'.");
        if (value.Level != DefaultLevel.Organisation && string.IsNullOrEmpty(value.Name)) problems.Add($"{key}:Name: is missing. A default of a {value.Level.ToString().ToLowerInvariant()} needs its name.");
    }

    private static IEnumerable<string> Repeated(IEnumerable<string> names) => names.GroupBy(n => n, StringComparer.Ordinal).Where(g => g.Count() > 1).Select(g => g.Key);

    // Root's home is closed to the user that the private PostgreSQL has to run as.
    private static string DefaultDataDirectory() => Environment.IsPrivilegedProcess && !OperatingSystem.IsWindows()
        ? "/var/lib/sluice"
        : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.LocalApplicationData), "sluice");

    [GeneratedRegex("^[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?$")]
    private static partial Regex DnsLabel();
}
