-- What a merge kept is restored into tables that have gained columns since.
CREATE FUNCTION column_defaults(of_table regclass) RETURNS jsonb LANGUAGE plpgsql STABLE AS $$
DECLARE
    listed text;
    found jsonb;
BEGIN
    SELECT string_agg(format('%L, to_jsonb(%s)', a.attname, pg_get_expr(d.adbin, d.adrelid)), ', ') INTO listed
    FROM pg_attrdef AS d
    JOIN pg_attribute AS a ON a.attrelid = d.adrelid AND a.attnum = d.adnum AND a.attgenerated = ''
    WHERE d.adrelid = of_table;
    EXECUTE format('SELECT jsonb_build_object(%s)', coalesce(listed, '')) INTO found;
    RETURN found;
END
$$;
COMMENT ON FUNCTION column_defaults IS 'The defaults of a table''s columns: what a row kept before them is restored with.';
