using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Credentials that were handed over are kept sealed; a cluster of the configuration can be disabled here.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0003_cluster_credentials")]
public sealed class M0003ClusterCredentials : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) =>
        migrationBuilder.Sql("ALTER TABLE clusters ADD COLUMN credentials text NULL, ADD COLUMN disabled boolean NOT NULL DEFAULT false;");

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("ALTER TABLE clusters DROP COLUMN credentials, DROP COLUMN disabled;");
}
