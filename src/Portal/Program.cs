using Sluice.Portal.Api;
using Sluice.Portal.Auth;
using Sluice.Portal.Configuration;
using Sluice.Portal.Health;
using Sluice.Portal.Pages;
using Sluice.Portal.Stores;
using Sluice.Portal.Workers;

var builder = WebApplication.CreateBuilder(args);
builder.WebHost.UseStaticWebAssets();
builder.WebHost.ConfigureKestrel(k => k.AddServerHeader = false);
builder.Services.Configure<HostOptions>(o => o.ShutdownTimeout = TimeSpan.FromSeconds(5));
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddSluiceOptions(builder.Configuration);
builder.Services.AddStores();
builder.Services.AddSluiceAuth(builder.Environment);
builder.Services.AddFleet(builder.Environment, builder.Configuration);
builder.Services.AddSpecs();
builder.Services.AddOperations();
builder.Services.AddSnapshots();
builder.Services.AddBulk();
// The handlers of failures are asked in this order: pages first, then the API's, which takes all.
builder.Services.AddPages();
builder.Services.AddApi();
builder.AddHealth();

var app = builder.Build();
if (!app.Environment.IsDevelopment()) app.UseHsts();
app.UseManagementPort();
app.UseSecurityHeaders();
app.UseExceptionHandler();
app.UseNotFoundPage();
app.UseWebSockets();
app.UseRouting();
app.UseSameOriginGuard();
app.UseAuthentication();
app.UseAuthorization();
app.UseRateLimiter();
app.UseFirstView();
app.UseAntiforgery();
app.MapHealth();
app.MapSignIn();
app.MapApi();
app.MapPages();
await app.RunAsync();

/// <summary>The entry point, public for the test host.</summary>
public sealed partial class Program
{
    private Program()
    {
    }
}
