using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>What was planned for an operation and what really happened; estimates of later operations are made from the outcomes.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0007_plan_and_outcome")]
public sealed class M0007PlanAndOutcome : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        ALTER TABLE operations ADD COLUMN plan jsonb NULL, ADD COLUMN outcome jsonb NULL;
        CREATE INDEX operations_outcomes ON operations (cluster, ended_at DESC) WHERE outcome IS NOT NULL;
        """);

    protected override void Down(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("DROP INDEX operations_outcomes; ALTER TABLE operations DROP COLUMN outcome, DROP COLUMN plan;");
}
