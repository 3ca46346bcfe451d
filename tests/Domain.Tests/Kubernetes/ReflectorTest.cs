using System.Text.Json;
using Sluice.Domain.Kubernetes;
using Sluice.Testing;
using Xunit;

namespace Sluice.Domain.Tests.Kubernetes;

/// <summary>A reflector on a scripted server. The tests on it: the faults that a watch meets in production, one each; after every one of them the copy has to equal what the server has.</summary>
public abstract class ReflectorTest : IAsyncLifetime
{
    private protected FakeApiServer _server = null!;
    private protected KubernetesApi _api = null!;
    private protected Reflector<Record> _reflector = null!;

    private protected sealed record Record(ObjectKey ObjectKey, string Uid, string ResourceVersion, int Parallelism) : IKubernetesRecord
    {
        public static Record? Read(JsonElement item)
        {
            var metadata = item.GetProperty("metadata");
            if (metadata.GetProperty("name").GetString() == "poison") throw new InvalidOperationException("cannot be read");
            return new Record(
                new ObjectKey(metadata.GetProperty("namespace").GetString()!, metadata.GetProperty("name").GetString()!),
                metadata.GetProperty("uid").GetString()!,
                metadata.GetProperty("resourceVersion").GetString()!,
                item.GetProperty("spec").GetProperty("job").GetProperty("parallelism").GetInt32());
        }
    }

    private protected static ReflectorOptions Fast => new()
    {
        BackOff = (TimeSpan.FromMilliseconds(20), TimeSpan.FromMilliseconds(200)),
        Probe = (TimeSpan.FromMilliseconds(50), TimeSpan.FromMilliseconds(100)),
        StaleAfter = TimeSpan.FromMilliseconds(150),
        ConfirmAfter = TimeSpan.FromMilliseconds(50),
        ShortWatch = TimeSpan.FromMilliseconds(5),
    };

    public async ValueTask InitializeAsync()
    {
        _server = await FakeApiServer.StartAsync();
        _api = _server.Connect();
        _server.Put("a");
        _server.Put("b");
    }

    public async ValueTask DisposeAsync()
    {
        if (_reflector is not null) await _reflector.DisposeAsync();
        _api.Dispose();
        await _server.DisposeAsync();
        GC.SuppressFinalize(this);
    }

    private protected async Task StartAsync(ReflectorOptions? options = null, bool synced = true)
    {
        _reflector = new Reflector<Record>(_api, KubernetesResource.FlinkDeployments, null, Record.Read, options ?? Fast);
        _reflector.Start();
        if (!synced) return;
        await PhaseAsync(ReflectorPhase.Synced);
        await _server.WatchedAsync();
    }

    private protected Task PhaseAsync(ReflectorPhase phase) => Until.TrueAsync(() => _reflector.Current.State.Phase == phase, () => $"{phase}; it is {_reflector.Current.State}", TimeSpan.FromSeconds(5));

    private protected Task HasAsync(string name, int parallelism) => Until.TrueAsync(() => Find(name)?.Parallelism == parallelism, () => $"{name} with {parallelism}; it is {Find(name)}, {_reflector.Current.State}", TimeSpan.FromSeconds(5));

    private protected Task GoneAsync(string name) => Until.TrueAsync(() => Find(name) is null, $"{name} to be gone", TimeSpan.FromSeconds(5));

    private protected Record? Find(string name) => _reflector.Current.Items.GetValueOrDefault(new ObjectKey("team", name));
}
