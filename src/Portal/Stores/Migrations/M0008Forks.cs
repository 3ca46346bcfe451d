using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>A fork stands in the lists of both its pipelines: found by the one that it began from, without looking at all operations.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0008_forks")]
public sealed class M0008Forks : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("CREATE INDEX operations_forks ON operations (cluster) WHERE kind = 'Fork';");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP INDEX operations_forks;");
}
