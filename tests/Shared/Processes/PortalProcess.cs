using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;

namespace Sluice.Testing.Processes;

/// <summary>The real portal as a process of its own, in Development, with a private database below its data directory.</summary>
public sealed class PortalProcess : ChildProcess
{
    /// <summary>Somebody else than demo; password and token are those of demo with this name after it.</summary>
    public const string SecondPerson = "ada";

    /// <summary>The demo account's password in tests.</summary>
    public const string Password = "correct-horse-battery-staple";

    /// <summary>The demo API token in tests.</summary>
    public const string Token = "sluice-test-token-0123456789abcdef";

    private PortalProcess(Uri url, IEnumerable<string> arguments, IReadOnlyDictionary<string, string?> environment)
        : base("portal", "dotnet", arguments, environment, Path.Combine(Repository.Root, "src", "Portal")) => Url = url;

    /// <summary>Where it listens.</summary>
    public Uri Url { get; }

    /// <summary>Starts it on the clusters of a kubeconfig and waits until it is ready.</summary>
    /// <param name="kubeconfig">Every context becomes a cluster of that name.</param>
    /// <param name="dataDirectory">Kept between two starts: database and keys.</param>
    /// <param name="settings">Further settings, for example <c>Sluice__Testing__CrashAt</c>.</param>
    /// <param name="port">A port to listen on again after a restart; null for a free one.</param>
    public static async Task<PortalProcess> StartAsync(string kubeconfig, string dataDirectory, IReadOnlyDictionary<string, string?>? settings = null, int? port = null)
    {
        var portal = Launch(kubeconfig, dataDirectory, settings, port);
        using var client = portal.Client();
        try
        {
            await portal.WaitAsync("ready", TimeSpan.FromSeconds(60), () => IsReadyAsync(client));
        }
        catch
        {
            await portal.DisposeAsync();
            throw;
        }

        return portal;
    }

    /// <summary>Starts it without waiting.</summary>
    public static PortalProcess Launch(string kubeconfig, string dataDirectory, IReadOnlyDictionary<string, string?>? settings = null, int? port = null)
    {
        var url = new Uri($"http://127.0.0.1:{port ?? FreePort()}/");
        var environment = new Dictionary<string, string?>
        {
            ["ASPNETCORE_ENVIRONMENT"] = "Development",
            ["ASPNETCORE_URLS"] = url.GetLeftPart(UriPartial.Authority),
            ["KUBECONFIG"] = kubeconfig,
            ["Sluice__DataDirectory"] = dataDirectory,
            // The browser's console then says what went wrong on the server.
            ["DetailedErrors"] = "true",
            ["Sluice__Demo__Accounts__0__Name"] = SecondPerson,
            ["Sluice__Demo__Accounts__0__Password"] = Password + SecondPerson,
            ["Sluice__Demo__Accounts__0__Token"] = Token + SecondPerson,
            ["SLUICE_DEMO_PASSWORD"] = Password,
            ["SLUICE_DEMO_TOKEN"] = Token,
        };
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) environment[key] = value;
        var program = Path.Combine(Repository.Root, "src", "Portal", "bin", Build.Configuration, "net10.0", "Sluice.Portal.dll");
        return new PortalProcess(url, [program], environment);
    }

    /// <summary>A client with the demo token, or with another.</summary>
    public HttpClient Client(string token = Token)
    {
        var client = new HttpClient { BaseAddress = Url, Timeout = TimeSpan.FromSeconds(30) };
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
        return client;
    }

    private static async Task<bool> IsReadyAsync(HttpClient client)
    {
        try
        {
            using var answer = await client.GetAsync("readyz");
            return answer.IsSuccessStatusCode;
        }
        catch (HttpRequestException)
        {
            return false;
        }
    }

    /// <summary>A loopback port that was free a moment ago.</summary>
    public static int FreePort()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        return ((IPEndPoint)listener.LocalEndpoint).Port;
    }
}
