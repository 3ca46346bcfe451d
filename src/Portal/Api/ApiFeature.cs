namespace Sluice.Portal.Api;

public static class ApiFeature
{
    public const string Root = "/api/v1";

    /// <summary>The HTTP API: everything that the pages do.</summary>
    public static IServiceCollection AddApi(this IServiceCollection services)
    {
        services.ConfigureHttpJsonOptions(o => ApiJson.Configure(o.SerializerOptions));
        services.Configure<RouteHandlerOptions>(o => o.ThrowOnBadRequest = true);
        services.AddProblemDetails();
        services.AddExceptionHandler<ApiExceptionHandler>();
        services.AddOpenApi("v1", o => o.AddDocumentTransformer((document, _, _) =>
        {
            document.Info.Title = "Sluice";
            document.Info.Description = "Everything that the pages do. Send an API token in the header Authorization: Bearer.";
            return Task.CompletedTask;
        }));
        services.AddSingleton<OperationKeys>();
        services.AddSingleton<ManifestFilling>();
        return services;
    }

    public static void MapApi(this IEndpointRouteBuilder app)
    {
        app.MapOpenApi(Root + "/openapi.json").RequireAuthorization();
        var api = app.MapGroup(Root).RequireAuthorization();
        api.MapPipelines();
        api.MapCsv();
        api.MapViews();
        api.MapRegister();
        api.MapJobs();
        api.MapClusterObjects();
        api.MapRevisions();
        api.MapSnapshots();
        api.MapOperations();
        api.MapGuards();
        api.MapFreezes();
        api.MapBulk();
        api.MapDrafts();
        api.MapClusters();
        api.MapTeams();
        api.MapStream();
        // An endpoint that takes JSON is passed over for other content, so what arrives here may only be of the wrong type.
        api.MapFallback((HttpRequest request) => request.ContentType is not null && !request.HasJsonContentType()
            ? Problems.Result(415, "content-type", "Not JSON", "Bodies are sent as application/json.")
            : Problems.NotFound("There is no such address in this API. /api/v1/openapi.json lists all of them.")).ExcludeFromDescription();
    }
}
