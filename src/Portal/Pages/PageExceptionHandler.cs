using System.Diagnostics;
using System.Text.Encodings.Web;
using Microsoft.AspNetCore.Diagnostics;

namespace Sluice.Portal.Pages;

/// <summary>A page that fails answers a page: what happened, what it means, what to do. It is written here and not by Blazor, which is what failed.</summary>
public sealed partial class PageExceptionHandler(ILogger<PageExceptionHandler> logger) : IExceptionHandler
{
    public async ValueTask<bool> TryHandleAsync(HttpContext httpContext, Exception exception, CancellationToken cancellationToken)
    {
        if (!PlainPage.IsWanted(httpContext.Request)) return false;
        if (httpContext.RequestAborted.IsCancellationRequested) return true;
        var number = Activity.Current?.TraceId.ToString() ?? httpContext.TraceIdentifier;
        LogUnexpected(exception, httpContext.Request.Path, number);
        httpContext.Response.StatusCode = StatusCodes.Status500InternalServerError;
        await PlainPage.WriteAsync(httpContext, "This page failed", "This page failed", "A fault of Sluice, not of what you did.", $"""
            <p>Your pipelines run on, and operations go on. Load the page again in a moment; if it fails again, give an administrator this number, under which Sluice's log says why:</p>
            <p><code>{HtmlEncoder.Default.Encode(number)}</code></p>
            <p><a class="btn primary" href="/">Pipelines</a></p>
            """);
        return true;
    }

    [LoggerMessage(1, LogLevel.Error, "The page {Path} failed ({Trace}).")]
    private partial void LogUnexpected(Exception exception, string path, string trace);
}
