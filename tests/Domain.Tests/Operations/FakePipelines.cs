using Sluice.Domain.Access;
using Sluice.Domain.Pipelines;

namespace Sluice.Domain.Tests.Operations;

internal sealed class FakePipelines : IPipelineStore
{
    private readonly List<Pipeline> _pipelines = [];
    private readonly List<Revision> _revisions = [];

    public event Action? Changed;

    public IReadOnlyList<Revision> Revisions => _revisions;

    /// <summary>When revisions are added.</summary>
    public DateTimeOffset Now { get; set; } = DateTimeOffset.UnixEpoch;

    public bool Has(PipelineKey key) => _pipelines.Any(p => p.Key == key);

    public Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Team>>([]);

    public Task SaveTeamAsync(Team team, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Pipeline>>([.. _pipelines]);

    public Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken) => Task.FromResult(_pipelines.FirstOrDefault(p => p.Key == key));

    public Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_pipelines.Any(p => p.Key == pipeline.Key)) throw new AlreadyRegisteredException(pipeline.Key);
        _pipelines.Add(pipeline);
        _revisions.Add(first);
        Changed?.Invoke();
        return Task.CompletedTask;
    }

    public Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        var revision = new Revision(pipelineId, _revisions.Count(r => r.PipelineId == pipelineId) + 1, manifest, author.Name, reason, Now, operationId);
        _revisions.Add(revision);
        return Task.FromResult(revision);
    }

    public Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken) =>
        Task.FromResult<IReadOnlyList<Revision>>([.. _revisions.Where(r => r.PipelineId == pipelineId).Reverse()]);

    public Task<Pipeline?> ChangeAsync(Guid pipelineId, Func<Pipeline, Pipeline> change, CancellationToken cancellationToken)
    {
        var index = _pipelines.FindIndex(p => p.Id == pipelineId);
        return Task.FromResult(index < 0 ? null : _pipelines[index] = change(_pipelines[index]));
    }

    public Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        if (_pipelines.Any(p => p.Key == to && p.Id != pipelineId)) throw new AlreadyRegisteredException(to);
        var index = _pipelines.FindIndex(p => p.Id == pipelineId);
        _pipelines[index] = _pipelines[index] with { Key = to };
        return Task.CompletedTask;
    }

    public Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken)
    {
        cancellationToken.ThrowIfCancellationRequested();
        _pipelines.RemoveAll(p => p.Id == pipelineId);
        return Task.CompletedTask;
    }
}
