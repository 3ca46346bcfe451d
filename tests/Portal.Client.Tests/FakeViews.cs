using Sluice.Domain.Access;
using Sluice.Domain.Operations.Guards;
using Sluice.Domain.Pipelines;
using Sluice.Domain.Views;

namespace Sluice.Portal.Client.Tests;

/// <summary>Views that a test sets; it keeps what is added.</summary>
internal sealed class FakeViews : IViewStore
{
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public List<SavedView> All { get; } = [];

    public Guid? Default { get; set; }

    public Exception? Failure { get; set; }

    public SavedView Add(string name, string query, string? team = null)
    {
        var view = new SavedView(Guid.NewGuid(), name, "demo", team, query, 1, Some.Now, Some.Now, "demo");
        All.Add(view);
        return view;
    }

    public Task<IReadOnlyList<SavedView>> ListAsync(string owner, CancellationToken cancellationToken) =>
        Failure is null ? Task.FromResult<IReadOnlyList<SavedView>>([.. All.Where(view => view.Team is not null || view.Owner == owner)]) : Task.FromException<IReadOnlyList<SavedView>>(Failure);

    public Task<SavedView?> FindAsync(Guid id, CancellationToken cancellationToken) => Task.FromResult(All.FirstOrDefault(view => view.Id == id));

    public Task AddAsync(SavedView view, CancellationToken cancellationToken)
    {
        All.Add(view);
        return Task.CompletedTask;
    }

    public Task UpdateAsync(SavedView view, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task DeleteAsync(Guid id, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Guid?> DefaultAsync(string owner, CancellationToken cancellationToken) => Task.FromResult(Default);

    public Task SetDefaultAsync(string owner, Guid? id, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Teams that a test sets.</summary>
internal sealed class FakeTeams : IPipelineStore
{
    public event Action? Changed
    {
        add { }
        remove { }
    }

    public List<Team> All { get; } = [];

    public Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<Team>>(All);

    public Task SaveTeamAsync(Team team, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken) => throw new NotSupportedException();
}

/// <summary>Freeze windows that a test sets.</summary>
internal sealed class FakeFreezes : IFreezeStore
{
    public List<FreezeWindow> Windows { get; } = [];

    public Task<IReadOnlyList<FreezeWindow>> AllAsync(CancellationToken cancellationToken) => Task.FromResult<IReadOnlyList<FreezeWindow>>(Windows);

    public Task AddAsync(FreezeWindow window, CancellationToken cancellationToken) => throw new NotSupportedException();

    public Task<bool> ChangeAsync(FreezeWindow window, CancellationToken cancellationToken) => throw new NotSupportedException();
}
