using Sluice.Bench.VirtualizePage;

// The peer of the fleet page: what one writes in an afternoon with the framework's own Virtualize over the same objects.
var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseStaticWebAssets();
builder.Services.AddSingleton<Objects>();
builder.Services.AddHostedService<Watcher>();
builder.Services.AddRazorComponents().AddInteractiveServerComponents();
var app = builder.Build();
app.UseAntiforgery();
// Where the SDK brings the script, it is one of these.
app.MapStaticAssets();
app.MapGet("/ready", (Objects objects) => objects.Count);
app.MapGet("/api/one", (Objects objects) => objects.All[0]);
using (var script = typeof(Objects).Assembly.GetManifestResourceStream("_framework/blazor.web.js"))
{
    if (script is not null)
    {
        using var copy = new MemoryStream();
        script.CopyTo(copy);
        var bytes = copy.ToArray();
        app.MapGet("/_framework/blazor.web.js", () => TypedResults.Bytes(bytes, "text/javascript"));
    }
}

app.MapRazorComponents<App>().AddInteractiveServerRenderMode();
await app.RunAsync();
