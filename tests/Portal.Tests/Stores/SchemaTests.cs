using Microsoft.EntityFrameworkCore;
using Shouldly;
using Xunit;

namespace Sluice.Portal.Tests.Stores;

/// <summary>The migrations are written by hand: these hold them and the model together.</summary>
public sealed class SchemaTests(PostgresFixture database) : IClassFixture<PostgresFixture>
{
    [Fact]
    public async Task Migrate_FromEmpty_MakesExactlyTheColumnsOfTheModel()
    {
        await using var context = database.Contexts.CreateDbContext();
        var expected = context.Model.GetEntityTypes()
            .SelectMany(e => e.GetProperties().Select(p => $"{e.GetTableName()}.{p.GetColumnName()} {p.GetColumnType()} {(p.IsNullable ? "null" : "not null")}")).Order(StringComparer.Ordinal);
        var actual = await context.Database.SqlQuery<string>($"""
            SELECT table_name || '.' || column_name || ' ' || data_type || CASE is_nullable WHEN 'YES' THEN ' null' ELSE ' not null' END AS "Value"
            FROM information_schema.columns WHERE table_schema = 'public' AND table_name <> '__EFMigrationsHistory'
            """).ToListAsync(TestContext.Current.CancellationToken);

        actual.Order(StringComparer.Ordinal).ShouldBe(expected);
    }

    [Fact]
    public async Task Migrate_Twice_DoesNothing()
    {
        await using var context = database.Contexts.CreateDbContext();

        await context.Database.MigrateAsync(TestContext.Current.CancellationToken);

        (await context.Database.GetPendingMigrationsAsync(TestContext.Current.CancellationToken)).ShouldBeEmpty();
    }

    [Fact]
    public async Task Operations_SecondActiveOneOfAPipeline_IsRefusedByTheDatabase()
    {
        await using var context = database.Contexts.CreateDbContext();
        context.Operations.Add(new() { Id = Guid.NewGuid(), Cluster = "a", Namespace = "b", Name = "c", Actor = "x", State = Domain.Operations.OperationState.Waiting });
        await context.SaveChangesAsync(TestContext.Current.CancellationToken);
        context.Operations.Add(new() { Id = Guid.NewGuid(), Cluster = "a", Namespace = "b", Name = "c", Actor = "y", State = Domain.Operations.OperationState.Pending });

        var refused = await Should.ThrowAsync<DbUpdateException>(() => context.SaveChangesAsync(TestContext.Current.CancellationToken));

        refused.InnerException.ShouldBeOfType<Npgsql.PostgresException>().ConstraintName.ShouldBe("operations_one_active");
    }
}
