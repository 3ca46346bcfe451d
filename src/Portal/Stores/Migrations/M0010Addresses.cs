using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Where a pipeline was before it moved: what was done to it there stays in its list.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0010_addresses")]
public sealed class M0010Addresses : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE pipeline_addresses (
            pipeline_id uuid NOT NULL REFERENCES pipelines (id),
            cluster text NOT NULL,
            namespace text NOT NULL,
            name text NOT NULL,
            resource text NOT NULL,
            until timestamptz NOT NULL,
            PRIMARY KEY (pipeline_id, until));
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE pipeline_addresses;");
}
