using Microsoft.AspNetCore.Components;
using Sluice.Domain.Kubernetes;
using Sluice.Domain.Operations;
using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared;
using Sluice.Portal.Client.Shared.Controls;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>One pipeline: its head follows the fleet index, each part reads what it shows itself.</summary>
public sealed partial class PipelinePage
{
    /// <summary>Changes of the head are merged to this; the parts have intervals of their own.</summary>
    private static readonly TimeSpan HeadInterval = TimeSpan.FromMilliseconds(250);

    private static readonly PipelineTab[] Tabs = Enum.GetValues<PipelineTab>();

    private PipelineKey _key;
    private PipelineRow? _row;
    private PipelineTab? _tab;
    private Operation? _lastOperation;
    private PipelineKey? _movedTo;
    private IReadOnlyList<PageHead.Crumb> _crumbs = [];

    [Inject] public required IFleet Fleet { get; init; }

    [Inject] public required IOperationService Operations { get; init; }

    [Inject] public required RegistryService Registry { get; init; }

    [Parameter] public string Cluster { get; set; } = "";

    [Parameter] public string Namespace { get; set; } = "";

    [Parameter] public string Name { get; set; } = "";

    [Parameter] public string? Part { get; set; }

    [SupplyParameterFromQuery(Name = "resource")] public string? Resource { get; set; }

    [SupplyParameterFromQuery(Name = "checkpoint")] public long? CheckpointId { get; set; }

    [SupplyParameterFromQuery(Name = "vertex")] public string? VertexId { get; set; }

    [SupplyParameterFromQuery(Name = "pod")] public string? Pod { get; set; }

    private TimeSpan? StaleFor => _row?.StaleSince is { } since ? Time.GetUtcNow() - since : null;

    private ReflectorState? ClusterState => Fleet.Current.Clusters.GetValueOrDefault(Cluster);

    protected override async Task OnParametersSetAsync()
    {
        _key = new PipelineKey(Cluster, Namespace, Name, Resource == "session-job" ? FlinkResource.SessionJob : FlinkResource.Deployment);
        _tab = PipelineTabs.Parse(Part);
        _crumbs = [new("Pipelines", PortalUrls.Pipelines), new(Namespace, $"/?q={Uri.EscapeDataString(Namespace)}"), new(Name)];
        ReadRow();
        (_lastOperation, _movedTo) = (null, null);
        await ReadMissingAsync();
    }

    protected override Task LiveAsync() => FollowAsync(Fleet.ChangesAsync(HeadInterval, Gone), async change =>
    {
        if (!change.ClustersChanged && !change.Changed.Contains(_key)) return false;
        ReadRow();
        await ReadMissingAsync();
        return true;
    });

    /// <summary>What is known of an address at which nothing is.</summary>
    private async Task ReadMissingAsync()
    {
        if (_row is not null) return;
        _lastOperation ??= (await Operations.ListAsync(_key, 1, Gone)).FirstOrDefault();
        _movedTo ??= await Registry.MovedToAsync(_key, Gone);
    }

    private void ReadRow() => _row = Fleet.Current.Rows.GetValueOrDefault(_key);
}
