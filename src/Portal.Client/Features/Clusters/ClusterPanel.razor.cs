using Microsoft.AspNetCore.Components;
using Sluice.Domain.Clusters;
using Sluice.Domain.Kubernetes;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Clusters;

public sealed partial class ClusterPanel : IDisposable
{
    private static readonly string[] Kinds = ["FlinkDeployment", "FlinkSessionJob", "FlinkStateSnapshot", "FlinkBlueGreenDeployment"];

    private readonly CancellationTokenSource _stop = new();
    private ClusterTest? _test;
    private ClusterUse? _use;
    private string? _failure;
    private bool _testing;
    private bool _busy;
    private bool _remove;
    private bool _configured;

    [Inject]
    public required IClusterAdministration Administration { get; init; }

    [Parameter]
    [EditorRequired]
    public ClusterStatus Cluster { get; set; } = null!;

    /// <summary>Null where it is not connected.</summary>
    [Parameter]
    [EditorRequired]
    public ClusterInsight? Insight { get; set; }

    [Parameter]
    public ClusterCounts Counts { get; set; } = ClusterCounts.None;

    [Parameter]
    public EventCallback OnChanged { get; set; }

    private IReadOnlyList<ClusterCheck> Attention => ClusterAttention.Of(Cluster, Insight);

    private string? Where => Cluster.Settings.Enabled ? null : "disabled: not watched, nothing is sent";

    private StateLook Reach => Cluster switch
    {
        { Settings.Enabled: false } => new("s-suspended", "suspended", "disabled", false),
        { Watch.Phase: ReflectorPhase.Synced } => new("s-good", "good", "live", false),
        { Watch: { Phase: ReflectorPhase.Starting, Why: not null } } => new("s-bad", "bad", "not connected", true),
        { Watch.Phase: ReflectorPhase.Starting or ReflectorPhase.Listing } => new("s-progressing", "progressing", "being read", true),
        { Watch.Phase: ReflectorPhase.Stale } => new("s-stale", "stale", "unreachable", true),
        { Watch.Phase: ReflectorPhase.Denied } => new("s-bad", "lock", "access refused", true),
        { Watch.Phase: ReflectorPhase.NotServed } => new("s-warn", "warn", "no operator", true),
        _ => new("s-unknown", "unknown", "unknown", true),
    };

    protected override void OnParametersSet() => _configured = Administration.IsConfigured(Cluster.Name);

    public void Dispose()
    {
        _stop.Cancel();
        _stop.Dispose();
    }

    private async Task TestAsync()
    {
        (_testing, _test) = (true, null);
        await TryAsync(async token => _test = await Administration.TestAsync(Cluster.Name, token));
        _testing = false;
    }

    private Task SwitchAsync() => Cluster.Settings.Enabled
        ? AskAsync(remove: false)
        : TryAsync(token => Administration.EnableAsync(Cluster.Name, true, token));

    private Task AskAsync(bool remove)
    {
        _remove = remove;
        return TryAsync(async token => _use = await Administration.UseAsync(Cluster.Name, token));
    }

    private async Task EndAsync()
    {
        if (await TryAsync(token => _remove ? Administration.RemoveAsync(Cluster.Name, token) : Administration.EnableAsync(Cluster.Name, false, token))) _use = null;
        await OnChanged.InvokeAsync();
    }

    private async Task<bool> TryAsync(Func<CancellationToken, Task> work)
    {
        (_busy, _failure) = (true, null);
        try
        {
            await work(_stop.Token);
            return true;
        }
        catch (Exception e) when (e is not OperationCanceledException)
        {
            // Whatever it was: the page stays, and says it.
            _failure = e.Message;
            return false;
        }
        finally
        {
            _busy = false;
        }
    }
}
