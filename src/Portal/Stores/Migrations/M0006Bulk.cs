using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Operations over many pipelines, in waves.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0006_bulk")]
public sealed class M0006Bulk : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE bulk_runs (
            id uuid PRIMARY KEY,
            kind text NOT NULL,
            "order" text NOT NULL,
            pipelines integer NOT NULL,
            state text NOT NULL CHECK (state IN ('Planned', 'Running', 'Halted', 'Finished', 'Cancelled')),
            message text NOT NULL,
            actor text NOT NULL,
            created_at timestamptz NOT NULL,
            started_at timestamptz NULL,
            ended_at timestamptz NULL,
            wave integer NOT NULL DEFAULT 0,
            wave_ended_at timestamptz NULL,
            wave_checked boolean NOT NULL DEFAULT false,
            fence bigint NOT NULL DEFAULT 0);
        CREATE INDEX bulk_runs_newest ON bulk_runs (created_at DESC);

        CREATE TABLE bulk_items (
            bulk_id uuid NOT NULL REFERENCES bulk_runs (id) ON DELETE CASCADE,
            index integer NOT NULL,
            cluster text NOT NULL,
            namespace text NOT NULL,
            name text NOT NULL,
            resource text NOT NULL,
            team text NULL,
            wave integer NOT NULL,
            state text NOT NULL CHECK (state IN ('Pending', 'Running', 'Waiting', 'Succeeded', 'Failed', 'Skipped')),
            operation_id uuid NULL,
            attempt integer NOT NULL DEFAULT 1,
            generation bigint NULL,
            message text NOT NULL,
            excused boolean NOT NULL DEFAULT false,
            started_at timestamptz NULL,
            ended_at timestamptz NULL,
            PRIMARY KEY (bulk_id, index));
        CREATE INDEX bulk_items_of_wave ON bulk_items (bulk_id, wave, state);
        CREATE INDEX bulk_items_open ON bulk_items (bulk_id) WHERE state IN ('Running', 'Waiting');
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE bulk_items; DROP TABLE bulk_runs;");
}
