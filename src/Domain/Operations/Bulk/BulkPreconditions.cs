using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;

namespace Sluice.Domain.Operations.Bulk;

/// <summary>What the index alone tells against an operation: asked for thousands of pipelines, their clusters are not bothered. The rest shows when each begins.</summary>
public static class BulkPreconditions
{
    /// <summary>Why nothing will be done to a pipeline, or null.</summary>
    /// <param name="order">What is to be done.</param>
    /// <param name="row">The pipeline; null where it is not in the fleet.</param>
    /// <param name="savepoints">The savepoint that each pipeline would begin from; null where none is needed.</param>
    public static string? Against(BulkOrder order, PipelineRow? row, IReadOnlyDictionary<PipelineKey, Snapshot>? savepoints = null)
    {
        if (row is null) return "They are not in the fleet any more";
        var (resource, kind) = (row.Resource, order.Kind);
        if (!row.Registered) return "Nobody registered them, so they are read-only here: adopt them first";
        if (resource.DeletedAt is not null) return "They are being deleted";
        if (!resource.HasJob && kind is not (OperationKind.Upgrade or OperationKind.Delete)) return "They are session clusters and have no job of their own";
        var suspended = resource.DesiredState == "suspended";
        if (kind == OperationKind.Resume && !suspended) return "They are not suspended";
        if (suspended && kind is OperationKind.Suspend or OperationKind.Savepoint or OperationKind.Drain or OperationKind.Restart or OperationKind.Cancel) return "They are suspended, so no job runs";
        if (kind == OperationKind.SideBySide && suspended) return "They are suspended, so no job runs";
        if (kind == OperationKind.Rollback && row.Key.Resource != FlinkResource.Deployment) return "They are session jobs, which are not rolled back";
        if (kind == OperationKind.SideBySide && row.Key.Resource != FlinkResource.Deployment) return "They are session jobs, which are not upgraded side by side";
        if (kind == OperationKind.Fork && suspended && order.SavepointBefore is null) return "They are suspended, so no new savepoint can be taken: name a moment, and their savepoints of before that are used";
        if (kind == OperationKind.Fork && !ForkRules.IsName(order.ResultOf(row.Key).Name)) return "Their names would be longer than 45 letters";
        if (savepoints?.ContainsKey(row.Key) == false) return order.SavepointBefore is null ? "They have no savepoint that they can begin from" : "They have no savepoint of that time that they can begin from";
        if (kind == OperationKind.Upgrade && order.Change is { IsImageOnly: true } change && Image(change, resource.Image) == resource.Image) return "They have that image already";
        return null;
    }

    private static string? Image(BulkChange change, string? now)
    {
        var image = change.Image ?? now;
        return change.ImageTag is { } tag && image is not null ? BulkChange.WithTag(image, tag) : image;
    }
}
