using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Api;

/// <summary>The caller's own drafts.</summary>
public static class DraftEndpoints
{
    public static void MapDrafts(this RouteGroupBuilder api)
    {
        var drafts = api.MapGroup("/drafts/{name}").WithTags("Drafts");
        drafts.MapGet("/", async (string name, HttpContext context, IDraftStore store, CancellationToken token) =>
            await store.FindAsync(context.Actor().Name, name, token) is { } found ? TypedResults.Ok(found) : Problems.NotFound($"You have no draft '{name}'.")).WithName("GetDraft").Produces<Draft>();
        drafts.MapPut("/", SaveAsync).WithName("SaveDraft");
        drafts.MapDelete("/", async (string name, HttpContext context, IDraftStore store, CancellationToken token) =>
        {
            await store.DeleteAsync(context.Actor().Name, name, token);
            return TypedResults.NoContent();
        }).WithName("DeleteDraft");
    }

    private static async Task<IResult> SaveAsync(string name, DraftContent body, HttpContext context, IDraftStore store, CancellationToken cancellationToken)
    {
        if (name.Length > 300) throw new BadHttpRequestException("A draft's name is at most 300 characters.");
        if (body.Content.Length > 2 * 1024 * 1024) throw new BadHttpRequestException("A draft is at most 2 MB.", StatusCodes.Status413PayloadTooLarge);
        await store.SaveAsync(context.Actor().Name, name, body.Content, cancellationToken);
        return TypedResults.NoContent();
    }

    public sealed record DraftContent(string Content);
}
