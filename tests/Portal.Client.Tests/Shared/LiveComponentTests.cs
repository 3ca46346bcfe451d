#pragma warning disable BL0006 // A browser that acknowledges late is played by a renderer of its own; the framework has no other way to play one.
using System.Threading.Channels;
using Microsoft.AspNetCore.Components;
using Microsoft.AspNetCore.Components.Rendering;
using Microsoft.AspNetCore.Components.RenderTree;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Shouldly;
using Sluice.Portal.Client.Shared.Live;
using Xunit;

namespace Sluice.Portal.Client.Tests.Shared;

public sealed class LiveComponentTests : IAsyncDisposable
{
    private readonly Source _source = new();
    private readonly ServiceProvider _services;
    private readonly SlowBrowser _browser;

    public LiveComponentTests()
    {
        _services = new ServiceCollection().AddSingleton(TimeProvider.System).AddSingleton<LiveGate>().AddSingleton(_source).BuildServiceProvider();
        _browser = new SlowBrowser(_services);
    }

    [Fact]
    public async Task Follow_BrowserThatDoesNotAcknowledge_TakesNothingMore_ThenTheNewest()
    {
        await _browser.ShowAsync<Follower>();
        await _browser.AcknowledgeAsync();
        _source.Newest = 1;
        await _browser.RenderedAsync(2);

        for (var i = 2; i <= 50; i++) _source.Newest = i;
        _source.Taken.ShouldBe([1]);
        await _browser.AcknowledgeAsync();
        await _browser.RenderedAsync(3);

        _source.Taken.ShouldBe([1, 50]);
    }

    [Fact]
    public async Task Follow_HiddenPage_TakesTheNewestWhenItIsShown()
    {
        var gate = _services.GetRequiredService<LiveGate>();
        gate.SetVisible(false);
        await _browser.ShowAsync<Follower>();
        await _browser.AcknowledgeAsync();
        for (var i = 1; i <= 50; i++) _source.Newest = i;
        _source.Taken.ShouldBeEmpty();

        gate.SetVisible(true);
        await _browser.RenderedAsync(2);

        _source.Taken.ShouldBe([50]);
    }

    public async ValueTask DisposeAsync()
    {
        await _browser.DisposeAsync();
        await _services.DisposeAsync();
    }

    /// <summary>A number that only grows; who reads it gets the newest it has not had.</summary>
    internal sealed class Source
    {
        private readonly Channel<bool> _wake = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });
        private int _newest;

        public List<int> Taken { get; } = [];

        public int Newest
        {
            get => Volatile.Read(ref _newest);
            set
            {
                Volatile.Write(ref _newest, value);
                _wake.Writer.TryWrite(true);
            }
        }

        public async IAsyncEnumerable<int> ChangesAsync([System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancellationToken = default)
        {
            var had = 0;
            await foreach (var _ in _wake.Reader.ReadAllAsync(cancellationToken))
            {
                if (Newest == had) continue;
                had = Newest;
                yield return had;
            }
        }
    }

    internal sealed class Follower : LiveComponent
    {
        private int _shown;

        [Inject] public required Source From { get; init; }

        protected override Task LiveAsync() => FollowAsync(From.ChangesAsync(), news =>
        {
            From.Taken.Add(news);
            _shown = news;
            return true;
        });

        protected override void BuildRenderTree(RenderTreeBuilder builder) => builder.AddContent(0, _shown);
    }

    /// <summary>A renderer whose browser acknowledges when the test says so.</summary>
    private sealed class SlowBrowser(IServiceProvider services) : Renderer(services, NullLoggerFactory.Instance)
    {
        private readonly Queue<TaskCompletionSource> _open = new();
        private int _rendered;

        public override Dispatcher Dispatcher { get; } = Dispatcher.CreateDefault();

        public Task ShowAsync<T>()
            where T : IComponent => Dispatcher.InvokeAsync(() =>
            {
                // Not awaited: a component is rendered whole only when its first rendering was acknowledged.
                _ = RenderRootComponentAsync(AssignRootComponentId(InstantiateComponent(typeof(T))));
            });

        public Task AcknowledgeAsync() => Dispatcher.InvokeAsync(() => _open.Dequeue().SetResult());

        public async Task RenderedAsync(int times)
        {
            for (var until = DateTimeOffset.UtcNow.AddSeconds(30); Volatile.Read(ref _rendered) < times;)
            {
                DateTimeOffset.UtcNow.ShouldBeLessThan(until, $"rendered {_rendered} times, not {times}");
                await Task.Delay(10, TestContext.Current.CancellationToken);
            }
        }

        protected override Task UpdateDisplayAsync(in RenderBatch renderBatch)
        {
            var acknowledged = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            _open.Enqueue(acknowledged);
            Interlocked.Increment(ref _rendered);
            return acknowledged.Task;
        }

        protected override void HandleException(Exception exception) => throw new InvalidOperationException("A component failed.", exception);
    }
}
