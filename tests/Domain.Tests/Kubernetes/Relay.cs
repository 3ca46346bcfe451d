using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>A network between a client and a server that can lose every packet without a word: connections stay open, new ones are taken, nothing comes through.</summary>
internal sealed class Relay : IAsyncDisposable
{
    private readonly TcpListener _listener = new(IPAddress.Loopback, 0);
    private readonly IPEndPoint _server;
    private readonly CancellationTokenSource _stop = new();
    private readonly ConcurrentBag<TcpClient> _clients = [];
    private readonly Task _accepting;
    private volatile bool _cut;

    public Relay(string server)
    {
        _server = IPEndPoint.Parse(new Uri(server).Authority);
        _listener.Start();
        _accepting = AcceptAsync();
    }

    public string Url => $"http://{_listener.LocalEndpoint}";

    public void Cut() => _cut = true;

    /// <summary>New connections work again; what was sent on those of before is lost for ever.</summary>
    public void Mend() => _cut = false;

    public async ValueTask DisposeAsync()
    {
        await _stop.CancelAsync();
        _listener.Stop();
        foreach (var client in _clients) client.Dispose();
        await _accepting;
        _stop.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                var client = await _listener.AcceptTcpClientAsync(_stop.Token);
                var server = new TcpClient();
                _clients.Add(client);
                _clients.Add(server);
                await server.ConnectAsync(_server, _stop.Token);
                var line = new Line();
                _ = PumpAsync(client, server, line);
                _ = PumpAsync(server, client, line);
            }
        }
        catch (Exception e) when (e is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // Disposed.
        }
    }

    private async Task PumpAsync(TcpClient from, TcpClient to, Line line)
    {
        var buffer = new byte[16 * 1024];
        try
        {
            int read;
            while ((read = await from.GetStream().ReadAsync(buffer, _stop.Token)) > 0)
            {
                line.Dead |= _cut;
                if (!line.Dead) await to.GetStream().WriteAsync(buffer.AsMemory(0, read), _stop.Token);
            }

            if (!line.Dead && !_cut) to.Close();
        }
        catch (Exception e) when (e is OperationCanceledException or IOException or ObjectDisposedException or InvalidOperationException)
        {
            if (!line.Dead && !_cut) to.Close();
        }
    }

    private sealed class Line
    {
        public volatile bool Dead;
    }
}
