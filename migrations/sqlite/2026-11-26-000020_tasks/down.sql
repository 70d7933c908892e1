DROP TABLE blob_marks;
DROP TABLE tasks;
