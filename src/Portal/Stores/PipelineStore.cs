using Microsoft.EntityFrameworkCore;
using Npgsql;
using Sluice.Domain.Access;
using Sluice.Domain.Operations.Planning;
using Sluice.Domain.Pipelines;

namespace Sluice.Portal.Stores;

/// <summary>Teams, pipelines and revisions in PostgreSQL.</summary>
public sealed class PipelineStore : IPipelineStore, IDisposable
{
    internal const string Topic = "pipelines";
    private readonly IDbContextFactory<SluiceDbContext> _contexts;
    private readonly DatabaseNotifications _notifications;
    private readonly TimeProvider _time;
    private readonly IDisposable _subscription;

    public PipelineStore(IDbContextFactory<SluiceDbContext> contexts, DatabaseNotifications notifications, TimeProvider time)
    {
        _contexts = contexts;
        _notifications = notifications;
        _time = time;
        _subscription = notifications.Subscribe(Topic, _ => Changed?.Invoke());
    }

    public event Action? Changed;

    public async Task<IReadOnlyList<Team>> TeamsAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var teams = await context.Teams.AsNoTracking().Include(t => t.Namespaces).OrderBy(t => t.Name).ToListAsync(cancellationToken);
        return [.. teams.Select(t => new Team(t.Name, t.DisplayName,
            [.. t.Namespaces.OrderBy(n => n.Cluster, StringComparer.Ordinal).ThenBy(n => n.Namespace, StringComparer.Ordinal).Select(n => new TeamNamespace(n.Cluster, n.Namespace))]))];
    }

    public async Task SaveTeamAsync(Team team, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"INSERT INTO teams (name, display_name) VALUES ({team.Name}, {team.DisplayName}) ON CONFLICT (name) DO UPDATE SET display_name = EXCLUDED.display_name", cancellationToken);
        var kept = team.Namespaces.Select(n => n.Cluster + "/" + n.Namespace).ToArray();
        await context.Database.ExecuteSqlAsync($"DELETE FROM team_namespaces WHERE team = {team.Name} AND NOT (cluster || '/' || namespace = ANY ({kept}))", cancellationToken);
        var owned = team.Namespaces.Distinct().ToArray();
        var (clusters, namespaces) = (owned.Select(n => n.Cluster).ToArray(), owned.Select(n => n.Namespace).ToArray());
        await context.Database.ExecuteSqlAsync($"INSERT INTO team_namespaces (cluster, namespace, team) SELECT cluster, namespace, {team.Name} FROM unnest({clusters}, {namespaces}) AS owned (cluster, namespace) ON CONFLICT (cluster, namespace) DO UPDATE SET team = EXCLUDED.team", cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await AnnounceAsync(team.Name, cancellationToken);
    }

    public async Task<IReadOnlyList<Pipeline>> AllAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var pipelines = await context.Pipelines.AsNoTracking().Where(p => p.RetiredAt == null).ToListAsync(cancellationToken);
        return [.. pipelines.Select(ToPipeline)];
    }

    public async Task<Pipeline?> FindAsync(PipelineKey key, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var found = await context.Pipelines.AsNoTracking().SingleOrDefaultAsync(
            p => p.RetiredAt == null && p.Cluster == key.Cluster && p.Namespace == key.Namespace && p.Name == key.Name && p.Resource == key.Resource, cancellationToken);
        return found is null ? null : ToPipeline(found);
    }

    public async Task AddAsync(Pipeline pipeline, Revision first, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        context.Pipelines.Add(new()
        {
            Id = pipeline.Id,
            Cluster = pipeline.Key.Cluster,
            Namespace = pipeline.Key.Namespace,
            Name = pipeline.Key.Name,
            Resource = pipeline.Key.Resource,
            Team = pipeline.Team,
            Kind = pipeline.Kind,
            Adopted = pipeline.Adopted,
            CreatedBy = pipeline.CreatedBy,
            CreatedAt = pipeline.CreatedAt.ToUniversalTime(),
            Tier = pipeline.Tier,
        });
        context.Revisions.Add(ToEntity(first with { PipelineId = pipeline.Id, Number = 1 }));
        try
        {
            await context.SaveChangesAsync(cancellationToken);
        }
        // The key is named where the very same pipeline is added again, by a deployment that died after this.
        catch (DbUpdateException e) when (e.InnerException is PostgresException { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pipelines_address" or "pipelines_pkey" })
        {
            throw new AlreadyRegisteredException(pipeline.Key);
        }

        await AnnounceAsync(pipeline.Id.ToString(), cancellationToken);
    }

    public async Task<Revision> AddRevisionAsync(Guid pipelineId, string manifest, Actor author, string reason, Guid? operationId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        // The row lock makes two authors take turns, so that numbers have neither gaps nor doubles.
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM pipelines WHERE id = {pipelineId} FOR UPDATE", cancellationToken);
        var last = await context.Revisions.Where(r => r.PipelineId == pipelineId).MaxAsync(r => (int?)r.Number, cancellationToken) ?? 0;
        var revision = new Revision(pipelineId, last + 1, manifest, author.Name, reason, _time.GetUtcNow(), operationId);
        context.Revisions.Add(ToEntity(revision));
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await AnnounceAsync(pipelineId.ToString(), cancellationToken);
        return revision;
    }

    public async Task<IReadOnlyList<Revision>> RevisionsAsync(Guid pipelineId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var revisions = await context.Revisions.AsNoTracking().Where(r => r.PipelineId == pipelineId).OrderByDescending(r => r.Number).ToListAsync(cancellationToken);
        return [.. revisions.Select(r => new Revision(r.PipelineId, r.Number, r.Manifest, r.Author, r.Reason, r.CreatedAt, r.OperationId))];
    }

    public async Task<IReadOnlyDictionary<Guid, int>> NewestRevisionsAsync(CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        return await context.Revisions.AsNoTracking().GroupBy(r => r.PipelineId).Select(g => new { g.Key, Newest = g.Max(r => r.Number) }).ToDictionaryAsync(g => g.Key, g => g.Newest, cancellationToken);
    }

    public async Task<Pipeline?> ChangeAsync(Guid pipelineId, Func<Pipeline, Pipeline> change, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        await context.Database.ExecuteSqlAsync($"SELECT 1 FROM pipelines WHERE id = {pipelineId} FOR UPDATE", cancellationToken);
        if (await context.Pipelines.SingleOrDefaultAsync(p => p.Id == pipelineId && p.RetiredAt == null, cancellationToken) is not { } entity) return null;
        var after = change(ToPipeline(entity));
        (entity.Tier, entity.TierProposal, entity.GitRepository, entity.GitPath) = (after.Tier, PlanJson.Write(after.Proposal), after.Git?.Repository, after.Git?.Path);
        await context.SaveChangesAsync(cancellationToken);
        await transaction.CommitAsync(cancellationToken);
        await AnnounceAsync(pipelineId.ToString(), cancellationToken);
        return after;
    }

    public async Task MoveAsync(Guid pipelineId, PipelineKey to, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        await using var transaction = await context.Database.BeginTransactionAsync(cancellationToken);
        var (resource, now) = (to.Resource.ToString(), _time.GetUtcNow());
        try
        {
            await context.Database.ExecuteSqlAsync($"""
                WITH moved AS (SELECT id, cluster, namespace, name, resource FROM pipelines
                               WHERE id = {pipelineId} AND NOT (cluster = {to.Cluster} AND namespace = {to.Namespace} AND name = {to.Name} AND resource = {resource}) FOR UPDATE)
                INSERT INTO pipeline_addresses (pipeline_id, cluster, namespace, name, resource, until) SELECT id, cluster, namespace, name, resource, {now} FROM moved
                """, cancellationToken);
            await context.Database.ExecuteSqlAsync($"UPDATE pipelines SET cluster = {to.Cluster}, namespace = {to.Namespace}, name = {to.Name}, resource = {resource} WHERE id = {pipelineId}", cancellationToken);
        }
        catch (PostgresException e) when (e is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "pipelines_address" })
        {
            throw new AlreadyRegisteredException(to);
        }

        await transaction.CommitAsync(cancellationToken);
        await AnnounceAsync(pipelineId.ToString(), cancellationToken);
    }

    public async Task<PipelineKey?> MovedToAsync(PipelineKey from, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var left = await context.PipelineAddresses.AsNoTracking()
            .Where(a => a.Cluster == from.Cluster && a.Namespace == from.Namespace && a.Name == from.Name && a.Resource == from.Resource)
            .Join(context.Pipelines.AsNoTracking(), a => a.PipelineId, p => p.Id, (a, p) => new { a.Until, Pipeline = p })
            .OrderByDescending(b => b.Until).Select(b => b.Pipeline).FirstOrDefaultAsync(cancellationToken);
        return left is { RetiredAt: null } && ToPipeline(left).Key is var to && to != from ? to : null;
    }

    public async Task RetireAsync(Guid pipelineId, CancellationToken cancellationToken)
    {
        await using var context = await _contexts.CreateDbContextAsync(cancellationToken);
        var now = _time.GetUtcNow();
        await context.Pipelines.Where(p => p.Id == pipelineId && p.RetiredAt == null).ExecuteUpdateAsync(u => u.SetProperty(p => p.RetiredAt, now), cancellationToken);
        await AnnounceAsync(pipelineId.ToString(), cancellationToken);
    }

    public void Dispose() => _subscription.Dispose();

    /// <summary>This replica hears of it at once, the others by the notice; it may be told twice.</summary>
    private async Task AnnounceAsync(string what, CancellationToken cancellationToken)
    {
        Changed?.Invoke();
        await _notifications.NotifyAsync(Topic, what, cancellationToken);
    }

    private static Pipeline ToPipeline(PipelineEntity p) =>
        new(p.Id, new(p.Cluster, p.Namespace, p.Name, p.Resource), p.Team, p.Kind, p.Adopted, p.CreatedBy, p.CreatedAt)
        {
            Tier = p.Tier,
            Proposal = PlanJson.Read<TierProposal>(p.TierProposal),
            Git = p.GitRepository is { } repository ? new GitSource(repository, p.GitPath ?? "") : null,
        };

    private static RevisionEntity ToEntity(Revision r) => new()
    {
        PipelineId = r.PipelineId,
        Number = r.Number,
        Manifest = r.Manifest,
        Author = r.Author,
        Reason = r.Reason,
        CreatedAt = r.CreatedAt.ToUniversalTime(),
        OperationId = r.OperationId,
    };
}
