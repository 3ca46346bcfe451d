using Sluice.Portal.Configuration;
using Sluice.Portal.Stores;

var builder = WebApplication.CreateBuilder(args);
builder.Services.AddSluiceOptions(builder.Configuration);
builder.Services.AddSingleton(TimeProvider.System);
builder.Services.AddStores();

var app = builder.Build();
await app.RunAsync();

/// <summary>The entry point, public for the test host.</summary>
public sealed partial class Program
{
    private Program()
    {
    }
}
