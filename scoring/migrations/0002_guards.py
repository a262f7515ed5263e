from django.db import migrations

# A ticket and its facts go in one transaction, in whichever order; never one alone.
TOGETHER = (
    "ALTER TABLE scoring_ticketacts ALTER CONSTRAINT scoring_ticketacts_ticket_id_tenant_fk"
    " DEFERRABLE INITIALLY DEFERRED"
)
# A published rubric stays as it was (SQLSTATE 23514, so that Django raises IntegrityError). Parts
# of a version that is gone already go with it.
FIXED = """
CREATE FUNCTION scoring_version_is_fixed() RETURNS trigger LANGUAGE plpgsql AS $$
DECLARE
    part jsonb;
    version bigint;
BEGIN
    -- Both what it was and what it becomes, so that nothing is moved in or out either.
    FOR part IN SELECT j FROM unnest(ARRAY[to_jsonb(OLD), to_jsonb(NEW)]) j WHERE j IS NOT NULL LOOP
        version := CASE TG_TABLE_NAME
            WHEN 'scoring_categorygroup' THEN (part->>'version_id')::bigint
            WHEN 'scoring_category' THEN (
                SELECT version_id FROM scoring_categorygroup
                 WHERE organisation_id = (part->>'organisation_id')::bigint
                   AND id = (part->>'group_id')::bigint)
            ELSE (
                SELECT g.version_id FROM scoring_category c
                  JOIN scoring_categorygroup g
                    ON g.organisation_id = c.organisation_id AND g.id = c.group_id
                 WHERE c.organisation_id = (part->>'organisation_id')::bigint
                   AND c.id = (part->>'category_id')::bigint)
        END;
        PERFORM 1 FROM scoring_scorecardversion
          WHERE organisation_id = (part->>'organisation_id')::bigint
            AND id = version AND state = 'published';
        IF FOUND THEN
            RAISE EXCEPTION 'A published scorecard version cannot be changed.'
                USING ERRCODE = '23514', CONSTRAINT = 'scorecard_version_is_fixed';
        END IF;
    END LOOP;
    RETURN coalesce(NEW, OLD);
END $$;
CREATE TRIGGER fixed BEFORE INSERT OR UPDATE OR DELETE ON scoring_categorygroup
    FOR EACH ROW EXECUTE FUNCTION scoring_version_is_fixed();
CREATE TRIGGER fixed BEFORE INSERT OR UPDATE OR DELETE ON scoring_category
    FOR EACH ROW EXECUTE FUNCTION scoring_version_is_fixed();
CREATE TRIGGER fixed BEFORE INSERT OR UPDATE OR DELETE ON scoring_rootcause
    FOR EACH ROW EXECUTE FUNCTION scoring_version_is_fixed();

CREATE FUNCTION scoring_version_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    -- Only who published it may be forgotten.
    IF to_jsonb(NEW) - 'published_by_id' IS DISTINCT FROM to_jsonb(OLD) - 'published_by_id' THEN
        RAISE EXCEPTION 'A published scorecard version cannot be changed.'
            USING ERRCODE = '23514', CONSTRAINT = 'scorecard_version_is_fixed';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER stays BEFORE UPDATE ON scoring_scorecardversion
    FOR EACH ROW WHEN (OLD.state = 'published') EXECUTE FUNCTION scoring_version_stays();

CREATE FUNCTION scoring_rating_fits_its_review() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    PERFORM 1 FROM scoring_review r
       JOIN scoring_category c
         ON c.organisation_id = r.organisation_id AND c.id = NEW.category_id
       JOIN scoring_categorygroup g
         ON g.organisation_id = c.organisation_id AND g.id = c.group_id
        AND g.version_id = r.version_id
      WHERE r.organisation_id = NEW.organisation_id AND r.id = NEW.review_id;
    IF NOT FOUND THEN
        RAISE EXCEPTION 'The category is not part of the review''s scorecard version.'
            USING ERRCODE = '23514', CONSTRAINT = 'rating_fits_its_review';
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER fits BEFORE INSERT OR UPDATE OF category_id, review_id ON scoring_rating
    FOR EACH ROW EXECUTE FUNCTION scoring_rating_fits_its_review();
"""

UNFIXED = """
DROP TRIGGER fits ON scoring_rating;
DROP FUNCTION scoring_rating_fits_its_review();
DROP TRIGGER stays ON scoring_scorecardversion;
DROP FUNCTION scoring_version_stays();
DROP TRIGGER fixed ON scoring_rootcause;
DROP TRIGGER fixed ON scoring_category;
DROP TRIGGER fixed ON scoring_categorygroup;
DROP FUNCTION scoring_version_is_fixed();
"""


class Migration(migrations.Migration):

    dependencies = [
        ('scoring', '0001_initial'),
    ]

    operations = [
        migrations.RunSQL(TOGETHER, migrations.RunSQL.noop),
        migrations.RunSQL(FIXED, UNFIXED),
    ]
