using Sluice.Domain.Views;

namespace Sluice.Portal.Api;

/// <summary>Saved views of the list: the caller's own, and those of all teams.</summary>
public static class ViewEndpoints
{
    public static void MapViews(this RouteGroupBuilder api)
    {
        var views = api.MapGroup("/views").WithTags("Views");
        views.MapGet("/", (HttpContext context, ViewService service, CancellationToken token) => service.ListAsync(context.Actor(), token)).WithName("ListViews").WithSummary("Your views and those of all teams, and which one opens first for you.");
        views.MapGet("/{id:guid}", (Guid id, HttpContext context, ViewService service, CancellationToken token) => service.OfAsync(context.Actor(), id, token)).WithName("GetView").WithSummary("One view.").ProducesProblem(404);
        views.MapPost("/", CreateAsync).WithName("CreateView").WithSummary("Saves a view: yours, or a team's.").Produces<SavedView>(201).ProducesProblem(409).ProducesProblem(422);
        views.MapPut("/{id:guid}", (Guid id, ViewChange body, HttpContext context, ViewService service, CancellationToken token) =>
            service.ChangeAsync(context.Actor(), id, body.Name, body.Query, body.Version, token)).WithName("ChangeView").WithSummary("Renames a view or gives it another query. With version, a change by someone else since then is refused.").ProducesProblem(404).ProducesProblem(409).ProducesProblem(422);
        views.MapDelete("/{id:guid}", async (Guid id, HttpContext context, ViewService service, CancellationToken token) =>
        {
            await service.DeleteAsync(context.Actor(), id, token);
            return TypedResults.NoContent();
        }).WithName("DeleteView").WithSummary("Deletes a view.").ProducesProblem(404);
        views.MapPut("/default", async (DefaultView body, HttpContext context, ViewService service, CancellationToken token) =>
        {
            await service.SetDefaultAsync(context.Actor(), body.Id, token);
            return TypedResults.NoContent();
        }).WithName("SetDefaultView").WithSummary("The view that opens first for you; null for none.").ProducesProblem(404);
    }

    private static async Task<IResult> CreateAsync(NewView body, HttpContext context, ViewService service, CancellationToken cancellationToken)
    {
        var view = await service.CreateAsync(context.Actor(), body.Name, body.Team, body.Query, cancellationToken);
        return TypedResults.Created($"{ApiFeature.Root}/views/{view.Id}", view);
    }

    /// <param name="Name">One line of any letters, at most 80; once for you or the team.</param>
    /// <param name="Query">The query of the list's address, for example <c>health=failed&amp;sort=-restarts</c>; the list as it is at first when left out.</param>
    /// <param name="Team">Whose it is; yours alone when left out.</param>
    public sealed record NewView(string Name, string? Query = null, string? Team = null);

    /// <summary>What is left out stays.</summary>
    public sealed record ViewChange(string? Name = null, string? Query = null, int? Version = null);

    public sealed record DefaultView(Guid? Id);
}
