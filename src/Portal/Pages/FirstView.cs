using Sluice.Domain.Access;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;

namespace Sluice.Portal.Pages;

/// <summary>
/// Who opens Sluice at its bare address gets the view that they want to see first. Only a load of the page does this: links inside of it, and the way back,
/// lead to all pipelines as they say.
/// </summary>
public static partial class FirstView
{
    public static IApplicationBuilder UseFirstView(this IApplicationBuilder app) => app.Use(async (context, next) =>
    {
        if (IsBareList(context.Request) && context.User.Identity is { IsAuthenticated: true, Name: { Length: > 0 } name } && await FindAsync(context, name) is { } view)
        {
            context.Response.Redirect(FleetUrlState.Of(view).ToUrl());
            return;
        }

        await next(context);
    });

    private static bool IsBareList(HttpRequest request) => request.Path == "/" && !request.QueryString.HasValue && HttpMethods.IsGet(request.Method) && PlainPage.IsWanted(request);

    private static async Task<SavedView?> FindAsync(HttpContext context, string name)
    {
        try
        {
            return await context.RequestServices.GetRequiredService<ViewService>().DefaultAsync(new Actor(name), context.RequestAborted);
        }
#pragma warning disable CA1031 // Without the database the list is still worth looking at.
        catch (Exception error) when (error is not OperationCanceledException)
#pragma warning restore CA1031
        {
            LogSkipped(context.RequestServices.GetRequiredService<ILogger<ViewService>>(), error);
            return null;
        }
    }

    [LoggerMessage(1, LogLevel.Warning, "Which view opens first cannot be read; the list opens without it.")]
    private static partial void LogSkipped(ILogger logger, Exception error);
}
