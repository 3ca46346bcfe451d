using System.Net;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Sluice.Simulator.ApiServer;

/// <summary>An HTTP server on a loopback port that can go away and come back on the same port.</summary>
internal sealed class LoopbackServer(RequestDelegate handler, int port, X509Certificate2? certificate) : IAsyncDisposable
{
    private readonly SemaphoreSlim _gate = new(1);
    private WebApplication? _app;

    public int Port { get; private set; } = port;

    public async Task StartAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_app is not null) return;
            var builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
            builder.WebHost.UseKestrelCore().UseKestrelHttpsConfiguration().ConfigureKestrel(kestrel =>
            {
                kestrel.AddServerHeader = false;
                kestrel.Limits.MaxRequestBodySize = null;
                kestrel.Limits.MinRequestBodyDataRate = null;
                kestrel.Limits.MinResponseDataRate = null;
                kestrel.Listen(IPAddress.Loopback, Port, listen =>
                {
                    listen.Protocols = certificate is null ? HttpProtocols.Http1 : HttpProtocols.Http1AndHttp2;
                    if (certificate is not null) listen.UseHttps(certificate);
                });
            });
            var app = builder.Build();
            app.Run(handler);
            await app.StartAsync();
            var address = app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First();
            Port = new Uri(address).Port;
            _app = app;
        }
        finally { _gate.Release(); }
    }

    /// <summary>Drops all connections and refuses new ones.</summary>
    public async Task StopAsync()
    {
        await _gate.WaitAsync();
        try
        {
            if (_app is not { } app) return;
            _app = null;
            // A stop that is cancelled from the start does not wait for the requests that run.
            await app.StopAsync(new CancellationToken(true));
            await app.DisposeAsync();
        }
        finally { _gate.Release(); }
    }

    public async ValueTask DisposeAsync()
    {
        await StopAsync();
        _gate.Dispose();
    }
}
