from django.db import migrations

# A key may not lose the one that wraps it.
WRAPPED_BY = """
ALTER TABLE vault_{table} ADD CONSTRAINT vault_{table}_wrapped_by_fk
FOREIGN KEY (organisation_id, organisation_key_version)
REFERENCES vault_organisationkey (organisation_id, version) ON DELETE RESTRICT
"""
# Three locks: policies (EnableTenancy), rights, and a trigger that binds the owner as well.
APPEND_ONLY = """
CREATE FUNCTION vault_refuse_change() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    RAISE EXCEPTION 'The ledger is insert-only.' USING ERRCODE = 'insufficient_privilege';
END $$;
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON vault_ledgerentry
    FOR EACH ROW EXECUTE FUNCTION vault_refuse_change();
CREATE TRIGGER insert_only BEFORE UPDATE OR DELETE ON vault_ledgerstep
    FOR EACH ROW EXECUTE FUNCTION vault_refuse_change();
DO $$
BEGIN
    IF to_regrole('kaizo_app') IS NOT NULL THEN
        REVOKE UPDATE, DELETE ON vault_ledgerentry, vault_ledgerstep FROM kaizo_app;
    END IF;
END $$;
"""


class Migration(migrations.Migration):

    dependencies = [
        ('vault', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(WRAPPED_BY.format(table="subjectkey"), migrations.RunSQL.noop),
        migrations.RunSQL(WRAPPED_BY.format(table="indexkey"), migrations.RunSQL.noop),
        migrations.RunSQL(APPEND_ONLY, migrations.RunSQL.noop),
    ]
