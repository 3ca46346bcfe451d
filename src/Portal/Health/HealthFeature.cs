using System.Net;
using Microsoft.Extensions.Options;
using Npgsql;
using Sluice.Portal.Configuration;
using Sluice.Portal.Stores;

namespace Sluice.Portal.Health;

/// <summary>
/// /healthz (the process answers) and /readyz (it can work: the database answers). For signed-in callers and tokens; without a sign-in only on the management
/// port, which listens on loopback and answers nothing else.
/// </summary>
public static class HealthFeature
{
    private const string Policy = "health";

    public static WebApplicationBuilder AddHealth(this WebApplicationBuilder builder)
    {
        builder.Services.AddAuthorizationBuilder().AddPolicy(Policy, p => p.RequireAssertion(c =>
            c.User.Identity?.IsAuthenticated == true || (c.Resource is HttpContext context && IsManagement(context))));
        // Kestrel listens at its configured endpoints only, where there are some; then the management port has to be one of them.
        if (builder.Configuration.GetValue<int?>("Sluice:Management:Port") is { } port && !builder.Configuration.GetSection("Kestrel:Endpoints").Exists())
        {
            var urls = builder.Configuration[WebHostDefaults.ServerUrlsKey] ?? "http://localhost:5000";
            builder.WebHost.UseUrls([.. urls.Split(';', StringSplitOptions.RemoveEmptyEntries), $"http://127.0.0.1:{port}"]);
        }

        return builder;
    }

    /// <summary>Answers 404 to anything but the two on the management port.</summary>
    public static IApplicationBuilder UseManagementPort(this IApplicationBuilder app) => app.Use((context, next) =>
    {
        if (!IsManagement(context) || context.Request.Path.Value is "/healthz" or "/readyz") return next(context);
        context.Response.StatusCode = StatusCodes.Status404NotFound;
        return Task.CompletedTask;
    });

    public static void MapHealth(this IEndpointRouteBuilder app)
    {
        app.MapGet("/healthz", () => TypedResults.Text("healthy")).RequireAuthorization(Policy).ExcludeFromDescription();
        app.MapGet("/readyz", ReadyAsync).RequireAuthorization(Policy).ExcludeFromDescription();
    }

    private static async Task<IResult> ReadyAsync(SluiceDatabase database, IHostApplicationLifetime lifetime, CancellationToken cancellationToken)
    {
        if (!lifetime.ApplicationStarted.IsCancellationRequested || lifetime.ApplicationStopping.IsCancellationRequested)
            return TypedResults.Text("not ready: starting or stopping", statusCode: StatusCodes.Status503ServiceUnavailable);
        try
        {
            await using var command = database.Source.CreateCommand("SELECT 1");
            await command.ExecuteScalarAsync(cancellationToken);
            return TypedResults.Text("ready");
        }
        catch (NpgsqlException)
        {
            return TypedResults.Text("not ready: the database does not answer", statusCode: StatusCodes.Status503ServiceUnavailable);
        }
    }

    private static bool IsManagement(HttpContext context) =>
        context.RequestServices.GetRequiredService<IOptions<SluiceOptions>>().Value.Management.Port is { } port
        && context.Connection.LocalPort == port
        && context.Connection.LocalIpAddress is { } address && IPAddress.IsLoopback(address);
}
