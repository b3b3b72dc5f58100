-- what the n-th petition of `closed` is found by; the greatest index is made when all is there
INSERT INTO data_key (subject, wrapped, wrapped_by) SELECT number, wrapped, 'w1' FROM closed JOIN county USING (n);
INSERT INTO person (ref, petition, seq, name, phone, id_index, phone_index, name_index, initials)
SELECT md5(n::text), number, 1, name, phone, id_index, phone_index, name_index, initials FROM closed JOIN county USING (n);
INSERT INTO serial (year, last) SELECT year, max(serial) FROM petition GROUP BY year
ON CONFLICT (year) DO UPDATE SET last = greatest(serial.last, excluded.last);
DROP INDEX word_index_words;
INSERT INTO word_index (petition, version, words) SELECT number, 1, words FROM closed JOIN county USING (n);
CREATE INDEX word_index_words ON word_index USING gin (words) WITH (gin_pending_list_limit = 512);
