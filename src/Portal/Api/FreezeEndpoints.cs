using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>Freeze windows: times in which nothing of a job is changed.</summary>
public static class FreezeEndpoints
{
    public static void MapFreezes(this RouteGroupBuilder api)
    {
        var all = api.MapGroup("/freezes").WithTags("Guard rails");
        all.MapGet("/", async (FreezeService service, TimeProvider time, CancellationToken token) =>
            (await service.AllAsync(token)).Select(w => FreezeView.Of(w, time.GetUtcNow())).ToList()).WithName("ListFreezes").WithSummary("All freeze windows, the newest first; those that were ended included.");
        all.MapPost("/", async (FreezeDraft body, HttpContext context, FreezeService service, TimeProvider time, CancellationToken token) =>
        {
            var added = await service.AddAsync(body, context.Actor(), token);
            return TypedResults.Created($"/api/v1/freezes/{added.Id}", FreezeView.Of(added, time.GetUtcNow()));
        }).WithName("AddFreeze").WithSummary("Adds a freeze window: once, or every week.").ProducesProblem(422);
        all.MapPut("/{id:guid}", async (Guid id, FreezeBody body, HttpContext context, FreezeService service, TimeProvider time, CancellationToken token) =>
            FreezeView.Of(await service.ChangeAsync(id, body.Version, body.Window, context.Actor(), token), time.GetUtcNow())).WithName("ChangeFreeze").WithSummary("Changes a freeze window; with version a change by someone else since then is refused.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        all.MapPost("/{id:guid}/end", async (Guid id, EndBody body, HttpContext context, FreezeService service, TimeProvider time, CancellationToken token) =>
            FreezeView.Of(await service.EndAsync(id, body.Why, context.Actor(), token), time.GetUtcNow())).WithName("EndFreeze").WithSummary("Ends a freeze window for good, before its time; needs a reason.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        api.MapGet("/pipelines/{cluster}/{namespace}/{name}/freezes", ([AsParameters] PipelineAddress address, IFleet fleet, FreezeService service, CancellationToken token) =>
        {
            var row = fleet.Row(address);
            return service.ApplyingAsync(row.Key.Cluster, row.Team, row.Tier, token);
        }).WithTags("Guard rails").WithName("ListFreezesOfPipeline").WithSummary("The freeze windows that apply to a pipeline now.");
    }

    /// <param name="Window">What it is to be, whole.</param>
    /// <param name="Version">The version that was looked at.</param>
    public sealed record FreezeBody(FreezeDraft Window, int? Version = null);

    /// <param name="Why">Why it ends before its time.</param>
    public sealed record EndBody(string Why);

    /// <param name="Window">The window.</param>
    /// <param name="Now">The occurrence that goes on now; null where none does.</param>
    /// <param name="Next">The next one; null where none is to come.</param>
    public sealed record FreezeView(FreezeWindow Window, FreezeSpan? Now, FreezeSpan? Next)
    {
        public static FreezeView Of(FreezeWindow window, DateTimeOffset now) => window.EndedAt is not null ? new(window, null, null) : new(window, window.Times.At(now), window.Times.Next(now));
    }
}
