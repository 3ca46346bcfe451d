using System.Text.RegularExpressions;
using Microsoft.EntityFrameworkCore;
using Sluice.Portal.Stores.Bulk;
using Sluice.Portal.Stores.Guards;
using Sluice.Portal.Stores.Operations;
using Sluice.Portal.Stores.Snapshots;

namespace Sluice.Portal.Stores;

/// <summary>Sluice's tables. The schema is made by the hand-written classes in Migrations; a test compares the two.</summary>
public sealed partial class SluiceDbContext(DbContextOptions<SluiceDbContext> options) : DbContext(options)
{
    public DbSet<ClusterEntity> Clusters => Set<ClusterEntity>();

    public DbSet<TeamEntity> Teams => Set<TeamEntity>();

    public DbSet<TeamNamespaceEntity> TeamNamespaces => Set<TeamNamespaceEntity>();

    public DbSet<PipelineEntity> Pipelines => Set<PipelineEntity>();

    public DbSet<PipelineAddressEntity> PipelineAddresses => Set<PipelineAddressEntity>();

    public DbSet<RevisionEntity> Revisions => Set<RevisionEntity>();

    public DbSet<DraftEntity> Drafts => Set<DraftEntity>();

    public DbSet<SavedViewEntity> SavedViews => Set<SavedViewEntity>();

    public DbSet<ViewDefaultEntity> ViewDefaults => Set<ViewDefaultEntity>();

    public DbSet<OperationEntity> Operations => Set<OperationEntity>();

    public DbSet<OperationStepEntity> OperationSteps => Set<OperationStepEntity>();

    public DbSet<OperationEvidenceEntity> OperationEvidence => Set<OperationEvidenceEntity>();

    public DbSet<BulkRunEntity> BulkRuns => Set<BulkRunEntity>();

    public DbSet<BulkItemEntity> BulkItems => Set<BulkItemEntity>();

    public DbSet<SnapshotEntity> Snapshots => Set<SnapshotEntity>();

    public DbSet<SnapshotPolicyEntity> SnapshotPolicies => Set<SnapshotPolicyEntity>();

    public DbSet<SnapshotMarkEntity> SnapshotMarks => Set<SnapshotMarkEntity>();

    public DbSet<FreezeWindowEntity> FreezeWindows => Set<FreezeWindowEntity>();

    public DbSet<ProtectionKeyEntity> ProtectionKeys => Set<ProtectionKeyEntity>();

    protected override void ConfigureConventions(ModelConfigurationBuilder configurationBuilder)
    {
        // Words, not numbers: a reordered enum must not change the meaning of old rows.
        configurationBuilder.Properties<Enum>().HaveConversion<string>();
    }

    protected override void OnModelCreating(ModelBuilder modelBuilder)
    {
        modelBuilder.Entity<ClusterEntity>().HasKey(c => c.Name);
        modelBuilder.Entity<TeamEntity>().HasKey(t => t.Name);
        modelBuilder.Entity<TeamEntity>().HasMany(t => t.Namespaces).WithOne().HasForeignKey(n => n.Team);
        modelBuilder.Entity<TeamNamespaceEntity>().HasKey(n => new { n.Cluster, n.Namespace });
        modelBuilder.Entity<PipelineEntity>().HasKey(p => p.Id);
        modelBuilder.Entity<PipelineEntity>().Property(p => p.Id).ValueGeneratedNever();
        modelBuilder.Entity<PipelineAddressEntity>().HasKey(a => new { a.PipelineId, a.Until });
        modelBuilder.Entity<RevisionEntity>().HasKey(r => new { r.PipelineId, r.Number });
        modelBuilder.Entity<DraftEntity>().HasKey(d => new { d.Owner, d.Name });
        modelBuilder.Entity<SavedViewEntity>().HasKey(v => v.Id);
        modelBuilder.Entity<SavedViewEntity>().Property(v => v.Id).ValueGeneratedNever();
        modelBuilder.Entity<ViewDefaultEntity>().HasKey(d => d.Owner);
        modelBuilder.Entity<ProtectionKeyEntity>().HasKey(k => k.Name);
        modelBuilder.Entity<OperationEntity>().HasKey(o => o.Id);
        modelBuilder.Entity<OperationEntity>().Property(o => o.Id).ValueGeneratedNever();
        modelBuilder.Entity<OperationEntity>().Property(o => o.Plan).HasColumnType("jsonb");
        modelBuilder.Entity<OperationEntity>().Property(o => o.Outcome).HasColumnType("jsonb");
        modelBuilder.Entity<OperationEntity>().Property(o => o.Guards).HasColumnType("jsonb");
        modelBuilder.Entity<OperationEntity>().Property(o => o.Request).HasColumnType("jsonb");
        modelBuilder.Entity<PipelineEntity>().Property(p => p.TierProposal).HasColumnType("jsonb");
        modelBuilder.Entity<FreezeWindowEntity>().HasKey(w => w.Id);
        modelBuilder.Entity<FreezeWindowEntity>().Property(w => w.Id).ValueGeneratedNever();
        modelBuilder.Entity<FreezeWindowEntity>().Property(w => w.Times).HasColumnType("jsonb");
        modelBuilder.Entity<OperationEntity>().HasMany(o => o.Steps).WithOne().HasForeignKey(s => s.OperationId);
        modelBuilder.Entity<OperationStepEntity>().HasKey(s => new { s.OperationId, s.Index });
        modelBuilder.Entity<OperationStepEntity>().HasMany(s => s.Evidence).WithOne().HasForeignKey(e => new { e.OperationId, e.StepIndex });
        modelBuilder.Entity<OperationEvidenceEntity>().HasKey(e => e.Id);
        modelBuilder.Entity<BulkRunEntity>().HasKey(r => r.Id);
        modelBuilder.Entity<BulkRunEntity>().Property(r => r.Id).ValueGeneratedNever();
        modelBuilder.Entity<BulkRunEntity>().HasMany(r => r.Items).WithOne().HasForeignKey(i => i.BulkId);
        modelBuilder.Entity<BulkItemEntity>().HasKey(i => new { i.BulkId, i.Index });
        modelBuilder.Entity<SnapshotEntity>().HasKey(s => s.Id);
        modelBuilder.Entity<SnapshotEntity>().Property(s => s.Id).ValueGeneratedNever();
        modelBuilder.Entity<SnapshotPolicyEntity>().HasKey(p => p.PipelineId);
        modelBuilder.Entity<SnapshotMarkEntity>().HasKey(m => m.PipelineId);
        foreach (var entity in modelBuilder.Model.GetEntityTypes())
        {
            entity.SetTableName(Snake(entity.GetTableName()!));
            foreach (var property in entity.GetProperties()) property.SetColumnName(Snake(property.Name));
        }
    }

    private static string Snake(string name) => WordStart().Replace(name, "_$1").ToLowerInvariant();

    [GeneratedRegex("(?<=[a-z0-9])([A-Z])")]
    private static partial Regex WordStart();
}
