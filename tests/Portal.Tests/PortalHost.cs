using System.Net.Http.Headers;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Mvc.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace Sluice.Portal.Tests;

/// <summary>The real host in memory, on a database of its own. Configure services to replace what a test does not want to be real.</summary>
public sealed class PortalHost(string connectionString, string environment = "Development", Action<IServiceCollection>? services = null, IReadOnlyDictionary<string, string?>? settings = null)
    : WebApplicationFactory<Program>
{
    public const string Password = "a-password";
    public const string Token = "a-token";

    protected override void ConfigureWebHost(IWebHostBuilder builder)
    {
        builder.UseEnvironment(environment);
        builder.UseSetting("ConnectionStrings:Sluice", connectionString);
        builder.UseSetting("SLUICE_DEMO_PASSWORD", Password);
        builder.UseSetting("SLUICE_DEMO_TOKEN", Token);
        // No cluster of the machine that runs the tests must be touched.
        builder.UseSetting("KUBECONFIG", "");
        foreach (var (key, value) in settings ?? new Dictionary<string, string?>()) builder.UseSetting(key, value);
        builder.ConfigureLogging(l => l.ClearProviders());
        if (services is not null) builder.ConfigureServices(services);
    }

    /// <summary>A caller that is not signed in and follows no redirect.</summary>
    public HttpClient Anonymous() => CreateClient(new() { AllowAutoRedirect = false, BaseAddress = new("https://localhost"), HandleCookies = true });

    /// <summary>A caller with the demo token.</summary>
    public HttpClient WithToken()
    {
        var client = Anonymous();
        client.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", Token);
        return client;
    }
}
