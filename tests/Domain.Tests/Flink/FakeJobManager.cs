using System.Collections.Concurrent;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.Extensions.Logging;
using Sluice.Domain.Flink;

namespace Sluice.Domain.Tests.Flink;

/// <summary>An HTTP server on a free port that answers whatever a test puts into it.</summary>
public sealed class FakeJobManager : IAsyncDisposable
{
    private readonly WebApplication _app;
    private readonly HttpClient _client = JobManagers.NewClient();

    private FakeJobManager(WebApplication app) => _app = app;

    public Func<HttpContext, Task> Answer { get; set; } = static context => context.Response.WriteAsync("{}");

    /// <summary>The request targets as they stood on the wire, oldest first.</summary>
    public ConcurrentQueue<string> Requests { get; } = new();

    public Uri Address => new(_app.Urls.First());

    internal JobManagerClient Client => new(new FlinkRest("order-totals", new UrlTransport(_client, Address)));

    internal JobManagerClient ClientWith(TimeSpan timeout) => new(new FlinkRest("order-totals", new UrlTransport(_client, Address)) { Timeout = timeout });

    public static async Task<FakeJobManager> StartAsync()
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var fake = new FakeJobManager(app);
        app.Run(async context =>
        {
            fake.Requests.Enqueue(context.Features.Get<IHttpRequestFeature>()!.RawTarget);
            await fake.Answer(context);
        });
        await app.StartAsync();
        return fake;
    }

    public void Send(string body, int status = 200, string contentType = "application/json; charset=UTF-8") => Answer = context =>
    {
        context.Response.StatusCode = status;
        context.Response.ContentType = contentType;
        return context.Response.WriteAsync(body);
    };

    public async ValueTask DisposeAsync()
    {
        _client.Dispose();
        await _app.DisposeAsync();
    }
}
