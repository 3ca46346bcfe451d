using System.IO.Compression;
using System.Security.Cryptography;
using Microsoft.AspNetCore.Components.Server.Circuits;
using Microsoft.Net.Http.Headers;
using Sluice.Portal.Client;

namespace Sluice.Portal.Pages;

/// <summary>The Blazor pages and their script.</summary>
public static class PagesFeature
{
    private const string Script = "_framework/blazor.web.js";

    public static IServiceCollection AddPages(this IServiceCollection services)
    {
        services.AddRazorComponents().AddInteractiveServerComponents(o =>
        {
            // A short loss finds its page as it was; after a longer one the browser loads the page again with what it kept itself (docs/decisions/0009),
            // so that circuits nobody comes back for do not hold memory for long.
            o.DisconnectedCircuitRetentionPeriod = TimeSpan.FromMinutes(5);
            o.DisconnectedCircuitMaxRetained = 200;
            // A browser that does not acknowledge gets nothing more; the next rendering then is of the newest state.
            o.MaxBufferedUnacknowledgedRenderBatches = 4;
        }).AddHubOptions(o =>
        {
            // The largest message is a manifest from the editor.
            o.MaximumReceiveMessageSize = 2 * 1024 * 1024;
            // connection.js takes three times nothing as a loss.
            o.KeepAliveInterval = TimeSpan.FromSeconds(5);
            // Browsers let the timers of a hidden page run once a minute: more than that must pass before it counts as gone.
            o.ClientTimeoutInterval = TimeSpan.FromSeconds(90);
        });
        services.AddScoped<CircuitHandler, PageCircuit>();
        services.AddPortalClient();
        services.AddExceptionHandler<PageExceptionHandler>();
        return services;
    }

    /// <summary>Someone who asks for a page that is not there gets one that says so; everything else keeps its own answer.</summary>
    public static IApplicationBuilder UseNotFoundPage(this IApplicationBuilder app) => app.UseWhen(
        c => PlainPage.IsWanted(c.Request), pages => pages.UseStatusCodePagesWithReExecute("/not-found", createScopeForStatusCodePages: true));

    public static void MapPages(this WebApplication app)
    {
        app.MapStaticAssets();
        MapScript(app);
        app.MapRazorComponents<App>().AddInteractiveServerRenderMode(o =>
        {
            o.ContentSecurityFrameAncestorsPolicy = null;
            // Compressed message by message: a compressor that remembers the ones before holds some 300 KB for each open page.
            o.ConfigureWebSocketAcceptContext = static (_, accept) =>
            {
                (accept.DangerousEnableCompression, accept.DisableServerContextTakeover) = (true, true);
                return Task.CompletedTask;
            };
        });
    }

    /// <summary>Where the script is embedded in this assembly (docs/decisions/0003), it is served from there; else it is one of the static assets.</summary>
    private static void MapScript(IEndpointRouteBuilder app)
    {
        using var stream = typeof(PagesFeature).Assembly.GetManifestResourceStream(Script);
        if (stream is null) return;
        using var plain = new MemoryStream();
        stream.CopyTo(plain);
        var script = plain.ToArray();
        var packed = Pack(script);
        var tag = new EntityTagHeaderValue($"\"{Convert.ToHexStringLower(SHA256.HashData(script))[..16]}\"");
        app.MapGet("/" + Script, (HttpContext context) =>
        {
            var accepts = context.Request.Headers.AcceptEncoding.ToString().Contains("br", StringComparison.Ordinal);
            context.Response.Headers.CacheControl = "private, max-age=86400";
            context.Response.Headers.Vary = "Accept-Encoding";
            if (accepts) context.Response.Headers.ContentEncoding = "br";
            return TypedResults.Bytes(accepts ? packed : script, "text/javascript", entityTag: tag);
        }).ExcludeFromDescription();
    }

    private static byte[] Pack(byte[] script)
    {
        using var packed = new MemoryStream();
        using (var brotli = new BrotliStream(packed, CompressionLevel.Optimal)) brotli.Write(script);
        return packed.ToArray();
    }
}
