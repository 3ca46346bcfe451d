using Sluice.Domain.Pipelines;
using Sluice.Portal.Client.Shared.Formatting;

namespace Sluice.Portal.Client.Features.Pipelines.List;

/// <summary>Health as the list counts it, worst first, as it looks.</summary>
public static class FleetHealths
{
    public static readonly IReadOnlyList<ListedHealth> All = Enum.GetValues<ListedHealth>();

    private static readonly StateLook[] Looks = [.. All.Select(health => health == ListedHealth.Stale ? new StateLook("s-stale", "stale", "stale", false) : StateLook.Of(Enum.Parse<HealthState>(health.ToString())))];

    public static StateLook Look(ListedHealth health) => Looks[(int)health];
}
