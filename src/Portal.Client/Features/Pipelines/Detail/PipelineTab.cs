using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Client.Features.Pipelines.Detail;

/// <summary>The parts of the pipeline page; each has an address of its own.</summary>
public enum PipelineTab
{
    Overview,
    Checkpoints,
    Snapshots,
    Exceptions,
    Events,
    Logs,
    Revisions,
    Spec,
}

/// <summary>Addresses of the pipeline page's parts.</summary>
public static class PipelineTabs
{
    /// <summary>The part that an address names; null where there is none of that name.</summary>
    public static PipelineTab? Parse(string? text) =>
        text is null ? PipelineTab.Overview : Enum.TryParse<PipelineTab>(text, ignoreCase: true, out var tab) && Enum.IsDefined(tab) && !char.IsDigit(text[0]) ? tab : null;

    /// <summary>The address of a part.</summary>
    public static string Href(PipelineKey key, PipelineTab tab)
    {
        var path = $"/pipelines/{key.Cluster}/{key.Namespace}/{key.Name}";
        if (tab != PipelineTab.Overview) path += $"/{tab.ToString().ToLowerInvariant()}";
        return key.Resource == FlinkResource.SessionJob ? path + "?resource=session-job" : path;
    }

    /// <summary>The address of the editor.</summary>
    public static string Edit(PipelineKey key) =>
        $"/pipelines/{key.Cluster}/{key.Namespace}/{key.Name}/edit{(key.Resource == FlinkResource.SessionJob ? "?resource=session-job" : "")}";
}
