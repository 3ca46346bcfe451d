using System.Globalization;
using Sluice.Domain.Kubernetes;

namespace Sluice.Domain.Clusters;

/// <summary>A trial connection: everything that Sluice needs of a cluster, looked at one by one, so that a person sees what is missing before it is missed.</summary>
internal sealed class ClusterTrial(KubernetesApi api, ClusterSettings settings, TimeSpan limit)
{
    private static readonly TimeSpan PulseLimit = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan Slow = TimeSpan.FromSeconds(1);
    private readonly List<ClusterCheck> _checks = [];
    private ClusterCapabilities? _capabilities;
    private IReadOnlyList<ClusterPermission> _permissions = [];
    private string? _operator;
    private TimeSpan? _latency;

    public async Task<ClusterTest> RunAsync(CancellationToken cancellationToken)
    {
        using var timer = new CancellationTokenSource(limit, api.Time);
        using var both = CancellationTokenSource.CreateLinkedTokenSource(timer.Token, cancellationToken);
        string? problem = null;
        var looking = "Reach";
        try
        {
            await ReachAsync(both.Token).ConfigureAwait(false);
            looking = "Sign-in";
            _capabilities = await api.DiscoverAsync(both.Token).ConfigureAwait(false);
            _checks.Add(new ClusterCheck("Sign-in", ClusterGrade.Good, "The server accepts Sluice's credentials."));
            Versions(_capabilities);
            looking = "Operator";
            await OperatorAsync(both.Token).ConfigureAwait(false);
            looking = "Namespaces";
            await NamespacesAsync(both.Token).ConfigureAwait(false);
            looking = "Permissions";
            _permissions = await ClusterPermissions.AskAsync(api, settings, _capabilities, both.Token).ConfigureAwait(false);
            Permissions();
        }
        catch (KubernetesException e)
        {
            problem = e.Message;
        }
        catch (OperationCanceledException) when (timer.IsCancellationRequested && !cancellationToken.IsCancellationRequested)
        {
            problem = $"The trial took longer than {limit.TotalSeconds:0} s and was ended at \"{looking}\". What was found until then is shown; the server answers too slowly, or not at all.";
        }

        if (problem is not null) _checks.Add(new ClusterCheck(looking, ClusterGrade.Bad, problem));
        return new ClusterTest(_capabilities, problem, _permissions) { Checks = _checks, OperatorVersion = _operator, Latency = _latency };
    }

    private async Task ReachAsync(CancellationToken cancellationToken)
    {
        // The first answer also makes the connection; the second shows what later ones will take.
        await api.PulseAsync(PulseLimit, cancellationToken).ConfigureAwait(false);
        var latency = await api.PulseAsync(PulseLimit, cancellationToken).ConfigureAwait(false);
        _latency = latency;
        var words = string.Create(CultureInfo.InvariantCulture, $"{api.Target} answers in {Math.Max(1, Math.Round(latency.TotalMilliseconds))} ms.");
        _checks.Add(latency > Slow
            ? new ClusterCheck("Reach", ClusterGrade.Warn, words, "Changes show late and operations take longer. Look at the network and at the load of the API server.")
            : new ClusterCheck("Reach", ClusterGrade.Good, words));
        if (api.Target.Insecure)
            _checks.Add(new ClusterCheck("TLS", ClusterGrade.Warn, "The server's certificate is not checked (insecure-skip-tls-verify).", "Anyone on the way can read and change what is sent. Put the certificate authority into the kubeconfig instead."));
        else if (api.Target.Server.Scheme == Uri.UriSchemeHttp)
            _checks.Add(new ClusterCheck("TLS", ClusterGrade.Warn, "The connection is plain http.", "For a server on this machine only. Use https for any other."));
        else
            _checks.Add(new ClusterCheck("TLS", ClusterGrade.Good, "The server's certificate is trusted and valid."));
    }

    private void Versions(ClusterCapabilities found)
    {
        _checks.Add(SupportedVersions.Kubernetes(found.KubernetesVersion));
        _checks.AddRange(ClusterKinds.All.Select(k => k.Check(found)));
        _checks.AddRange(found.Missing.Where(static m => !ClusterKinds.All.Any(k => m.StartsWith(k.Kind, StringComparison.Ordinal))).Select(static m => new ClusterCheck("API", ClusterGrade.Warn, m)));
    }

    private async Task OperatorAsync(CancellationToken cancellationToken)
    {
        _operator = await OperatorVersion.FindAsync(api, settings.Namespaces, cancellationToken).ConfigureAwait(false);
        _checks.Add(SupportedVersions.Operator(_operator));
    }

    private async Task NamespacesAsync(CancellationToken cancellationToken)
    {
        foreach (var ns in settings.Namespaces ?? [])
        {
            try
            {
                await api.GetAsync(KubernetesResource.Namespaces, null, ns, cancellationToken).ConfigureAwait(false);
                _checks.Add(new ClusterCheck("Namespace", ClusterGrade.Good, $"{ns} is there."));
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.NotFound)
            {
                _checks.Add(new ClusterCheck("Namespace", ClusterGrade.Bad, $"There is no namespace {ns}.", "Create it, or take it off the list."));
            }
            catch (KubernetesException e) when (e.Error == KubernetesError.Forbidden)
            {
                // A Role inside a namespace cannot allow this; the permissions below tell all the same whether it can be used.
            }
        }
    }

    private void Permissions()
    {
        var (needed, other) = (_permissions.Count(static p => !p.Allowed && p.Needed), _permissions.Count(static p => !p.Allowed && !p.Needed));
        _checks.Add(needed > 0 ? new ClusterCheck("Permissions", ClusterGrade.Bad, $"{needed} that Sluice needs and {other} that it can do without are missing.", "Bind the ClusterRole of the operations guide to Sluice's account; the list names each.")
            : other > 0 ? new ClusterCheck("Permissions", ClusterGrade.Warn, $"{other} of {_permissions.Count} are missing; Sluice works without them, but not wholly.", "The list says what each is for.")
            : new ClusterCheck("Permissions", ClusterGrade.Good, $"All {_permissions.Count} are there."));
    }
}
