using System.Globalization;
using System.Security.Claims;
using System.Text.RegularExpressions;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Authorization;
using Microsoft.AspNetCore.Components.Web;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.JSInterop;
using Sluice.Domain.Clusters;
using Sluice.Domain.Operations;
using Sluice.Domain.Operations.Bulk;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Snapshots;
using Sluice.Domain.Views;
using Sluice.Portal.Client.Features.Pipelines.List;
using Sluice.Testing;

namespace Sluice.Portal.Client.Tests;

/// <summary>Renders components to HTML, as prerendering does, over fakes that a test fills.</summary>
internal sealed partial class Pages : IAsyncDisposable
{
    private readonly ServiceProvider _services;

    public Pages(string uri = "http://sluice.test/")
    {
        _services = new ServiceCollection()
            .AddSingleton<TimeProvider>(Clock)
            .AddSingleton<IFleet>(Fleet)
            .AddSingleton<IOperationService>(Operations)
            .AddSingleton<IClusterDirectory>(Clusters)
            .AddSingleton<IClusterAdministration>(Administration)
            .AddSingleton<NavigationManager>(new Address(uri))
            .AddSingleton<IJSRuntime>(new NoScripts())
            .AddSingleton<AuthenticationStateProvider>(new SignedIn())
            .AddSingleton(new ViewService(Views, Teams, Clock, Guid.NewGuid, FleetUrlState.ReadQuery))
            .AddSingleton<IPipelineStore>(Teams)
            .AddSingleton(new RegistryService(Teams, Clusters, Clock, Guid.NewGuid))
            .AddSingleton(new BulkService(Bulk, Operations, new BulkComposer(Operations, Clusters, Teams, Snapshots), NoSavepoints, Fleet, Clock, Guid.NewGuid))
            .AddSingleton<ISnapshotService>(Snapshots)
            .AddSingleton(new FreezeService(Freezes, Teams, Clusters, Clock, Guid.NewGuid))
            .AddPortalClient()
            .BuildServiceProvider();
    }

    private static ISnapshotStore NoSavepoints => Stub.Of<ISnapshotStore>((method, _) => method == nameof(ISnapshotStore.NewestSavepointsAsync)
        ? Task.FromResult<IReadOnlyDictionary<PipelineKey, Snapshot>>(new Dictionary<PipelineKey, Snapshot>())
        : throw new NotSupportedException(method));

    public FixedClock Clock { get; } = new(Some.Now);

    public FakeFleet Fleet { get; } = new();

    public FakeOperations Operations { get; } = new();

    public FakeClusters Clusters { get; } = new();

    public FakeAdministration Administration { get; } = new();

    public FakeBulk Bulk { get; } = new();

    public FakeViews Views { get; } = new();

    public FakeTeams Teams { get; } = new();

    public FakeFreezes Freezes { get; } = new();

    public FakeSnapshotService Snapshots { get; } = new();

    public async Task<string> RenderAsync<T>(Dictionary<string, object?>? parameters = null)
        where T : IComponent
    {
        await using var renderer = new HtmlRenderer(_services, NullLoggerFactory.Instance);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = await renderer.RenderComponentAsync<T>(ParameterView.FromDictionary(parameters ?? []));
            return Readable().Replace(root.ToHtmlString(), entity => char.ConvertFromUtf32(int.Parse(entity.Groups[1].ValueSpan, NumberStyles.HexNumber, CultureInfo.InvariantCulture)));
        });
    }

    /// <summary>The same after a click on the element that has an attribute with this value.</summary>
    public async Task<string> ClickedAsync<T>(string attribute, string value, Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using var renderer = new ClickableRenderer(_services);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = renderer.BeginRenderingComponent(typeof(T), ParameterView.FromDictionary(parameters));
            await root.QuiescenceTask;
            await renderer.ClickAsync(attribute, value);
            return root.ToHtmlString();
        });
    }

    /// <summary>The same as soon as a browser shows it: what is read then is on it.</summary>
    public async Task<string> ShownAsync<T>(Dictionary<string, object?> parameters)
        where T : IComponent
    {
        await using var renderer = new ClickableRenderer(_services);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = renderer.BeginRenderingComponent(typeof(T), ParameterView.FromDictionary(parameters));
            await root.QuiescenceTask;
            await renderer.ShownAsync();
            return root.ToHtmlString();
        });
    }

    /// <summary>The same once something has happened and the component, which stays on the page, says a text.</summary>
    public async Task<string> UntilAsync<T>(Dictionary<string, object?> parameters, Action happens, string text)
        where T : IComponent
    {
        await using var renderer = new ClickableRenderer(_services);
        return await renderer.Dispatcher.InvokeAsync(async () =>
        {
            var root = renderer.BeginRenderingComponent(typeof(T), ParameterView.FromDictionary(parameters));
            await root.QuiescenceTask;
            happens();
            for (var i = 0; i < 300 && !root.ToHtmlString().Contains(text, StringComparison.Ordinal); i++) await Task.Delay(100);
            return root.ToHtmlString();
        });
    }

    public ValueTask DisposeAsync() => _services.DisposeAsync();

    /// <summary>Letters beyond ASCII as themselves; what is special in HTML stays escaped.</summary>
    [GeneratedRegex("&#x([0-9A-F]{2,6});(?<!&#x(?:22|26|27|2B|3C|3E|60);)")]
    private static partial Regex Readable();

    private sealed class Address : NavigationManager
    {
        public Address(string uri) => Initialize("http://sluice.test/", uri);
    }

    private sealed class NoScripts : IJSRuntime
    {
        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, object?[]? args) => throw new InvalidOperationException("Prerendering calls no scripts.");

        public ValueTask<TValue> InvokeAsync<TValue>(string identifier, CancellationToken cancellationToken, object?[]? args) => InvokeAsync<TValue>(identifier, args);
    }

    private sealed class SignedIn : AuthenticationStateProvider
    {
        public override Task<AuthenticationState> GetAuthenticationStateAsync() =>
            Task.FromResult(new AuthenticationState(new ClaimsPrincipal(new ClaimsIdentity([new Claim(ClaimTypes.Name, "demo")], "test"))));
    }
}

internal sealed class FixedClock(DateTimeOffset now) : TimeProvider
{
    public DateTimeOffset Now { get; set; } = now;

    public override DateTimeOffset GetUtcNow() => Now;
}
