using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>The catalogue of snapshots, and timetables and retention rules.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0005_snapshots")]
public sealed class M0005Snapshots : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE snapshots (
            id uuid PRIMARY KEY,
            pipeline_id uuid NOT NULL REFERENCES pipelines (id) ON DELETE CASCADE,
            path text NOT NULL,
            place text NOT NULL,
            kind text NOT NULL,
            origin text NOT NULL,
            format text NULL,
            size bigint NULL,
            duration_ms bigint NULL,
            taken_at timestamptz NOT NULL,
            job_id text NULL,
            revision integer NULL,
            drained boolean NOT NULL,
            verified_at timestamptz NULL,
            verified_job text NULL,
            operation uuid NULL,
            object_name text NULL,
            dispose_on_delete boolean NOT NULL,
            listed boolean NOT NULL,
            state text NOT NULL,
            quarantined_by text NULL,
            quarantine_until timestamptz NULL,
            note text NOT NULL,
            disposal uuid NULL,
            disposals integer NOT NULL,
            try_after timestamptz NULL,
            held boolean NOT NULL,
            ended_at timestamptz NULL,
            CONSTRAINT snapshots_place UNIQUE (pipeline_id, place));
        CREATE INDEX snapshots_leaving ON snapshots (quarantine_until) WHERE state IN ('Quarantined', 'Disposing');

        CREATE TABLE snapshot_policies (
            pipeline_id uuid PRIMARY KEY REFERENCES pipelines (id) ON DELETE CASCADE,
            version integer NOT NULL,
            schedule text NULL,
            retention text NULL,
            next_planned timestamptz NULL,
            next_begins timestamptz NULL,
            claimed timestamptz NULL,
            last_run text NULL,
            updated_by text NULL,
            updated_at timestamptz NULL);
        CREATE INDEX snapshot_policies_due ON snapshot_policies (next_begins) WHERE next_begins IS NOT NULL;
        CREATE INDEX snapshot_policies_claimed ON snapshot_policies (claimed) WHERE claimed IS NOT NULL;

        CREATE TABLE snapshot_marks (
            pipeline_id uuid PRIMARY KEY REFERENCES pipelines (id) ON DELETE CASCADE,
            mark text NOT NULL);
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE snapshot_marks; DROP TABLE snapshot_policies; DROP TABLE snapshots;");
}
