using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Clusters that were connected over the API keep their settings here; those of the configuration do not.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0002_cluster_settings")]
public sealed class M0002ClusterSettings : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("ALTER TABLE clusters ADD COLUMN settings text NULL;");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("ALTER TABLE clusters DROP COLUMN settings;");
}
