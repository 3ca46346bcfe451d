using Microsoft.EntityFrameworkCore.Infrastructure;
using Microsoft.EntityFrameworkCore.Migrations;

namespace Sluice.Portal.Stores.Migrations;

/// <summary>Saved views of the list, of persons and teams, and which one each person sees first.</summary>
[DbContext(typeof(SluiceDbContext))]
[Migration("0004_saved_views")]
public sealed class M0004SavedViews : Migration
{
    protected override void Up(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("""
        CREATE TABLE saved_views (
            id uuid PRIMARY KEY,
            name text NOT NULL,
            name_key text NOT NULL,
            owner text NOT NULL,
            team text NULL REFERENCES teams (name) ON DELETE CASCADE,
            query text NOT NULL,
            version integer NOT NULL CHECK (version >= 1),
            created_at timestamptz NOT NULL,
            updated_at timestamptz NOT NULL,
            updated_by text NOT NULL);
        CREATE UNIQUE INDEX saved_views_of_person ON saved_views (owner, name_key) WHERE team IS NULL;
        CREATE UNIQUE INDEX saved_views_of_team ON saved_views (team, name_key) WHERE team IS NOT NULL;

        CREATE TABLE view_defaults (
            owner text PRIMARY KEY,
            view_id uuid NOT NULL REFERENCES saved_views (id) ON DELETE CASCADE);
        CREATE INDEX view_defaults_view ON view_defaults (view_id);
        """);

    protected override void Down(MigrationBuilder migrationBuilder) => migrationBuilder.Sql("DROP TABLE view_defaults; DROP TABLE saved_views;");
}
